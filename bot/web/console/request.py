"""`/console/requests/<id>`: a request with its trace, agents, handoffs, messages and calls."""

from collections import defaultdict
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, Response, abort, request
from psycopg import Connection
from werkzeug.datastructures import MultiDict

from bot.builds.builds import AWAITS_ANSWER
from bot.crew.listing import AgentFilter, ListedAgent, list_agents
from bot.twilio.error_codes import explain
from bot.web.console.desk import Desk
from bot.web.console.handoff_documents import read_handoffs
from bot.web.console.rows import Lists, Row, row, rows
from bot.web.console.trace import read_trace
from bot.web.console.waterfall import SpanFilter, Timeline
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "request.sql")

MOST = 200  # agents, messages, calls and pictures of a request
MOST_STRETCHES = 1_000  # calls, and turns, of its agents

SUMMED = ("input_tokens", "cache_creation_tokens", "cache_read_tokens", "output_tokens",
          "thinking_tokens")  # fmt: skip
# What an address chooses besides the span: it stays when another span is.
_CHOICES = ("inner", "sql", "events", "errors", "name", "ms", "left", "right")
CROSSED = {"OK": "", "WARNING": "is-wait", "CRITICAL": "is-bad"}


def add_request(routes: Blueprint, desk: Desk) -> None:
    """Make the page, and the pictures on it."""

    @routes.get("/requests/<uuid:request_id>")
    def request_page(request_id: UUID) -> Response:
        with desk.visit() as connection:
            found = row(connection, SQL["find_request"], request_id=request_id)
            if found is None:
                abort(404, "There is no such request; it may have been erased.")
            with desk.records(connection) as records:
                shown = _read(connection, records, found, request.args)
        return desk.page("request.html", **shown)

    @routes.get("/requests/<uuid:request_id>/pictures/<sha256>")
    def picture(request_id: UUID, sha256: str) -> Response:
        with desk.visit() as connection:
            of = row(connection, SQL["find_request"], request_id=request_id)
            found = of and row(
                connection, SQL["find_picture"], build_id=of["build_id"], sha256=_hash(sha256)
            )
        if not found:
            abort(404, "There is no such picture; it may have been removed.")
        return Response(found["content"], mimetype=found["type"])


def _read(
    connection: Connection, records: Connection | None, found: Row, given: MultiDict[str, str]
) -> Lists:
    """All that the page shows; `given` says which spans, which of them, and which documents."""
    request_id, now = found["request_id"], datetime.now(UTC)
    shown = SpanFilter.of(given)
    trace = read_trace(records, found, shown, given.get("span"), now)
    work_id, since = found["work_id"], found["accepted_at"]
    calls = rows(
        connection,
        SQL["list_calls"],
        request_id=request_id,
        work_id=work_id,
        since=since,
        limit=MOST,
    )
    return {
        "request": {**found, "awaits_answer": found["failure"] == AWAITS_ANSWER},
        "trace": trace,
        "shown": shown,
        "chosen": {name: given[name] for name in _CHOICES if name in given},
        "agents": _agents(connection, work_id, since, trace.timeline),
        "handoffs": read_handoffs(
            connection, work_id, given.get("left", ""), given.get("right", "")
        ),
        "messages": _messages(connection, request_id),
        "calls": calls,
        "sums": {name: sum(one[name] for one in calls) for name in SUMMED},
        "pictures": _pictures(connection, found["build_id"]),
        "now": now,
    }


def _agents(
    connection: Connection, work_id: UUID, since: datetime, timeline: Timeline
) -> list[Row]:
    """The agents in the order in which they began, each with its stretches of time.

    Those that had ended when a build was taken up again are on the page of the request before.
    """
    stretches = defaultdict[str, list[Row]](list)
    for one in rows(connection, SQL["list_stretches"], work_id=work_id, limit=MOST_STRETCHES):
        stretches[one["agent_id"]].append(one)
    turns = {
        one["agent_id"]: one["turns"]
        for one in rows(connection, SQL["list_turns"], work_id=work_id)
    }
    listed = list_agents(connection, AgentFilter(request_id=str(work_id)), limit=MOST)
    return [
        {
            "agent": one,
            "turns": turns.get(one.agent_id, 0),
            "crossed": CROSSED.get(one.threshold, ""),
            "stretches": _stretches(one, stretches[one.agent_id], timeline),
        }
        for one in reversed(listed)
        if one.terminated_at is None or one.terminated_at >= since
    ]


def _stretches(
    agent: ListedAgent, within: list[Row], timeline: Timeline
) -> list[tuple[str, str, str]]:
    """The kind, place and width of its life, and over it of its model calls and tools."""
    life = ("frame", *timeline.place(agent.spawned_at, agent.terminated_at))
    return [life] + [
        (one["kind"], *timeline.place(one["began_at"], one["ended_at"])) for one in within
    ]


def _messages(connection: Connection, request_id: UUID) -> list[Row]:
    found = rows(connection, SQL["list_messages"], request_id=request_id, limit=MOST)
    for one in found:
        one["why"] = explain(one["error_code"], one.pop("error_message"))
    return found


def _pictures(connection: Connection, build_id: UUID | None) -> list[Row]:
    if build_id is None:
        return []
    return rows(connection, SQL["list_pictures"], build_id=build_id, limit=MOST)


def _hash(given: str) -> bytes:
    try:
        return bytes.fromhex(given)
    except ValueError:
        abort(404, "There is no such picture.")
