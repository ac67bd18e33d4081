"""`/console/acts/…`: each act is asked back with why, and is carried out by a form of the session.

The question is a page, so it needs no script; with one it opens over the page where it was asked.
"""

import asyncio

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as PlainResponse

from bot.errors import TextcrewError
from bot.operating.audit import LONGEST_REASON, Operator
from bot.web import sessions
from bot.web.answers import TOO_OLD
from bot.web.console.act_questions import ACTS, TYPED, ActKind
from bot.web.console.desk import Desk


def add_acts(routes: Blueprint, desk: Desk) -> None:
    """Make the questions and what follows a yes."""

    @routes.get("/acts/<name>/<subject>")
    def ask(name: str, subject: str) -> Response:
        demand_operator()
        return _question(desk, name, subject)

    @routes.post("/acts/<name>/<subject>")
    def act(name: str, subject: str) -> PlainResponse:
        who = demand_own_form()
        _kind(name)
        try:
            by = Operator(name=who.name, reason=request.form.get("reason", ""))
            done = asyncio.run(_carry_out(desk, name, subject, by))
        except TextcrewError as error:
            return _question(desk, name, subject, fault=str(error))
        if isinstance(done, Response):
            return done
        flash(done)
        return redirect(_place_after(name, subject), 303)


def demand_operator() -> sessions.Session:
    """Who is logged in and may act; else the request ends with 403 and a sentence."""
    who = sessions.current()
    if who is None:
        abort(403, "Log in at /console/login to act: a token alone does not say who you are.")
    if not who.may_act:
        abort(403, "Viewers may look, and neither act nor see what users wrote.")
    return who


def demand_own_form() -> sessions.Session:
    """The same for a form, which has to be one that this session was given."""
    who = demand_operator()
    if not sessions.is_own_form():
        abort(403, TOO_OLD)
    return who


async def _carry_out(desk: Desk, name: str, subject: str, by: Operator) -> str | Response:
    from bot.web.console.act_handlers import HANDLERS, ActOrder

    async with desk.acting() as connection:
        return await HANDLERS[name](
            ActOrder(
                connection=connection,
                settings=desk.settings,
                subject=subject,
                by=by,
                typed=request.form.get("typed", ""),
                amount=request.form.get("amount", ""),
            )
        )


def _question(desk: Desk, name: str, subject: str, *, fault: str = "") -> Response:
    page = desk.page(
        "act.html",
        name=name,
        act=_kind(name),
        subject=subject,
        fault=fault,
        reason=request.form.get("reason", ""),
        back=_place_of(name, subject),
        longest=LONGEST_REASON,
        typed=TYPED,
    )
    page.status_code = 409 if fault else 200
    return page


def _kind(name: str) -> ActKind:
    kind = ACTS.get(name)
    if kind is None:
        abort(404, "There is no such act.")
    return kind


def _place_of(name: str, subject: str) -> str:
    """The page on which the subject is shown."""
    if name in {"cancel", "retry"}:
        return url_for("console.request_page", request_id=subject)
    if name in {"erase", "export", "raise-budget"}:
        return url_for("console.user_page", user_id=subject)
    return url_for("console.overview")


def _place_after(name: str, subject: str) -> str:
    return url_for("console.overview") if name == "erase" else _place_of(name, subject)
