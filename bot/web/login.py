"""The console's log-in and log-out: a token and a name, for the audit, against a session."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as PlainResponse

from bot.errors import ActRefused
from bot.operating.audit import LONGEST_NAME, Operator
from bot.web import sessions
from bot.web.answers import TOO_OLD, plainly
from bot.web.auth import Authenticator
from bot.web.origin import is_from_another_site

HOME = "/console"
# Beyond what `bot.web.answers` allows: its form, which comes back to where it is from.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def login(authenticator: Authenticator) -> Blueprint:
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
        if is_from_another_site(request.headers):
            return plainly("This form is not one of ours.", 403)
        try:
            name = Operator(name=request.form.get("name", ""), reason="log-in").name
        except ActRefused as error:
            return _page(str(error), 400)
        access = authenticator.access_by(request.form.get("token", "").strip())
        if access.retry_after is not None:
            page = _page("Too many wrong tokens came from this address; wait a moment.", 429)
            page.headers["Retry-After"] = str(access.retry_after)
            return page
        if access.may_act is None:
            return _page("That is not the token.", 401)
        sessions.begin(name, may_act=access.may_act)
        return redirect(_own_path(request.form.get("next", "")), 303)

    @routes.post("/logout")
    def log_out() -> PlainResponse:
        if not sessions.is_own_form():
            return plainly(TOO_OLD, 403)
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
    place = urlsplit(path).path
    # As it is written: of "///console" Python reads a path of ours, and a browser a host.
    is_shown = path.startswith(HOME) and (place == HOME or place.startswith(f"{HOME}/"))
    return path if is_shown and not place.startswith(f"{HOME}/log") else HOME
