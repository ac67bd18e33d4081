"""`/console/requests/<id>/words`: what a user wrote and was sent, for 15 minutes to who said why.

The audit is what opens it: whoever's name stands there, with this request, within that time.
"""

import asyncio
import math
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as PlainResponse

from bot.errors import ActRefused
from bot.operating.audit import LONGEST_REASON, Action, Operator, note
from bot.web import sessions
from bot.web.console.acts import demand_operator, demand_own_form
from bot.web.console.desk import Desk
from bot.web.console.rows import row, rows
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "words.sql")

OPEN_MINUTES = 15
MOST = 200  # texts of a request


def add_words(routes: Blueprint, desk: Desk) -> None:
    """Make the page, and the question before it."""

    @routes.get("/requests/<uuid:request_id>/words")
    def words(request_id: UUID) -> Response:
        return _shown(desk, request_id, demand_operator())

    @routes.post("/requests/<uuid:request_id>/words")
    def show_words(request_id: UUID) -> PlainResponse:
        who = demand_own_form()
        try:
            by = Operator(name=who.name, reason=request.form.get("reason", ""))
        except ActRefused as error:
            abort(400, str(error))
        asyncio.run(_open(desk, request_id, by))
        return redirect(url_for("console.words", request_id=request_id), 303)


async def _open(desk: Desk, request_id: UUID, by: Operator) -> None:
    async with desk.acting() as connection:
        await note(connection, by, Action.SHOW_WORDS, f"request:{request_id}")


def _shown(desk: Desk, request_id: UUID, who: sessions.Session) -> Response:
    with desk.visit() as connection:
        if row(connection, SQL["find_request_of_words"], request_id=request_id) is None:
            abort(404, "There is no such request; it may have been erased.")
        opened = row(
            connection,
            SQL["find_opened"],
            operator=who.name,
            action=Action.SHOW_WORDS,
            subject=f"request:{request_id}",
            minutes=OPEN_MINUTES,
        )
        texts = (
            rows(connection, SQL["list_texts"], request_id=request_id, limit=MOST) if opened else []
        )
    page = desk.page(
        "words.html",
        request_id=request_id,
        opened=opened,
        texts=texts,
        minutes=OPEN_MINUTES,
        longest=LONGEST_REASON,
    )
    if opened:  # an open page does not show them any longer, either
        left = opened["until"] - datetime.now(UTC)
        page.headers["Refresh"] = str(max(math.ceil(left.total_seconds()), 0) + 1)
    return page
