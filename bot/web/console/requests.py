"""`/console/requests`: all requests, the latest first, or those of one kind."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, request
from psycopg import Connection, sql
from psycopg.rows import dict_row

from bot.web.console.desk import PAGE, Desk
from bot.web.console.rows import Row
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "requests.sql")

KINDS = ("all", "builds", "open", "failed", "stopped")


def add_requests(routes: Blueprint, desk: Desk) -> None:
    """Make the page."""

    @routes.get("/requests")
    def requests() -> Response:
        kind = request.args.get("kind", "all")
        if kind not in KINDS:
            abort(400, f"There are these kinds: {', '.join(KINDS)}.")
        with desk.visit() as connection:
            found = list_requests(connection, kind, before=request.args.get("before"))
        return desk.listing(
            "requests.html",
            {"requests": found},
            kind=kind,
            kinds=KINDS,
            older=older_than(found),
            is_later="before" in request.args,
        )


def list_requests(
    connection: Connection, kind: str, *, user_id: str | None = None, before: str | None = None
) -> list[Row]:
    """A page of requests; `before` is what `older_than` told of the page before it."""
    query, given = listing_query(kind, user_id=user_id, before=before)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, given).fetchall()


def listing_query(
    kind: str, *, user_id: str | None, before: str | None
) -> tuple[sql.Composed, dict[str, Any]]:
    """The query of `list_requests`, with its parameters."""
    names, given = [f"kind_{kind}"], dict[str, Any](limit=PAGE)
    if user_id is not None:
        names.append("of_user")
        given["user_id"] = user_id
    if before is not None:
        names.append("before_place")
        given["before"], given["before_id"] = _place(before)
    conditions = sql.SQL(" AND ").join([sql.SQL(SQL[name]) for name in names])
    return sql.SQL(SQL["list_requests_by_page"]).format(conditions=conditions), given


def older_than(page: list[Row]) -> str | None:
    """The place after a full page, for the next one; None behind the last."""
    if len(page) < PAGE:
        return None
    return f"{page[-1]['accepted_at'].isoformat()}~{page[-1]['request_id']}"


def _place(given: str) -> tuple[datetime, UUID]:
    moment, _, request_id = given.partition("~")
    try:
        return datetime.fromisoformat(moment), UUID(request_id)
    except ValueError:
        abort(400, "This is not a place in the list.")
