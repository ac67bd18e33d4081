"""The console's log-in and log-out: a token and a name, for the audit, against a session."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as PlainResponse

from bot.errors import ActRefused
from bot.operating.audit import LONGEST_NAME, Operator
from bot.web import sessions
from bot.web.answers import plainly
from bot.web.auth import OperatorsDoor

HOME = "/console"
# Beyond what `bot.web.answers` allows: its form, which comes back to where it is from.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def login(door: OperatorsDoor) -> Blueprint:
    """Make `/console/login` and `/console/logout`."""
    routes = Blueprint("login", __name__, url_prefix="/console", template_folder="templates")

    @routes.after_request
    def allow_own_form(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @routes.get("/login")
    def ask() -> Response:
        return _page("", 200)

    @routes.post("/login")
    def log_in() -> PlainResponse:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            return plainly("This form is not one of ours.", 403)
        try:
            name = Operator(name=request.form.get("name", ""), reason="log-in").name
        except ActRefused as error:
            return _page(str(error), 400)
        answer = door.look_at_token(request.form.get("token", "").strip())
        if answer.retry_after is not None:
            page = _page("Too many wrong tokens came from this address; wait a moment.", 429)
            page.headers["Retry-After"] = str(answer.retry_after)
            return page
        if answer.may_act is None:
            return _page("That is not the token.", 401)
        sessions.begin(name, may_act=answer.may_act)
        return redirect(_own_path(request.form.get("next", "")), 303)

    @routes.post("/logout")
    def log_out() -> PlainResponse:
        if not sessions.is_own_form():
            return plainly("This form is too old, or not one of ours; go back and try again.", 403)
        sessions.end()
        return redirect(url_for("login.ask"), 303)

    return routes


def _page(fault: str, status: int) -> Response:
    page = render_template(
        "login.html",
        fault=fault,
        name=request.form.get("name", ""),
        next=_own_path(request.values.get("next", "")),
        longest_name=LONGEST_NAME,
    )
    return Response(page, status, mimetype="text/html")


def _own_path(path: str) -> str:
    """The page of the console that is meant to follow; its first one for any other address."""
    parts = urlsplit(path)
    is_own = not parts.scheme and not parts.netloc and "\\" not in path
    is_shown = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    return path if is_own and is_shown and not parts.path.startswith(f"{HOME}/log") else HOME
