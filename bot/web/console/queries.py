"""`/console/queries`: the cookbook as a list of questions, and a box for any other, in SQL.

The query is answered as `POST /v2/query` does: read-only, of the records alone, one at a time. It
stands in the address, so that what one has asked can be handed to somebody else.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from flask import Blueprint, Response, request

from bot.web.console.desk import Desk
from bot.web.console.result_chart import Chart, chart_of
from telemetry.cookbook import Query, cookbook
from telemetry.store.formats import csv_answer
from telemetry.store.query_result import QueryRefused, QueryResult
from telemetry.store.querying import QueriesUnavailable, ReaderBusy

MOST = 1_000  # rows of an answer
LONGEST = 20_000  # characters of a query

WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7),
           "30d": timedelta(days=30)}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came of a query: an answer with its chart, or why there is none and in which line."""

    result: QueryResult | None = None
    chart: Chart | None = None
    seconds: float = 0.0
    refusal: str | None = None
    line: int | None = None
    hint: str | None = None


def add_queries(routes: Blueprint, desk: Desk) -> None:
    """Make the page."""

    @routes.get("/queries")
    def queries() -> Response:
        chosen = cookbook().get(request.args.get("query", ""))
        sql = request.args.get("sql") or (chosen.sql if chosen else "")
        last = request.args.get("last", "24h")
        window = WINDOWS.get(last, WINDOWS["24h"])
        answered = _answer(desk, sql, window, chosen) if sql else None
        if request.args.get("format") == "csv" and answered and answered.result:
            return Response(csv_answer(answered.result), mimetype="text/csv")
        return desk.page(
            "queries.html",
            book=cookbook().values(),
            chosen=chosen,
            sql=sql,
            last=last,
            windows=WINDOWS,
            answered=answered,
            most=MOST,
        )


def spans_like(span_name: str) -> str:
    """A query for the spans of a name, the latest first."""
    name = span_name.replace("'", "''")
    return (
        "SELECT start_timestamp, duration, message, trace_id, otel_status_code\n"
        f"FROM records\nWHERE span_name = '{name}'\nORDER BY start_timestamp DESC\nLIMIT 100"
    )


def _answer(desk: Desk, sql: str, window: timedelta, asked: Query | None) -> Answered:
    if len(sql) > LONGEST:
        return Answered(refusal=f"A query has at most {LONGEST} characters.")
    began = datetime.now(UTC)
    try:
        with desk.reader.answering(sql, min_timestamp=began - window, limit=MOST) as result:
            pass
    except QueryRefused as refused:
        return Answered(refusal=refused.message, line=refused.line, hint=refused.hint)
    except ReaderBusy:
        return Answered(refusal="One query at a time is answered, and another is running.")
    except QueriesUnavailable as error:
        return Answered(refusal=str(error))
    except psycopg.OperationalError:
        return Answered(refusal="The database is away.")
    seconds = (datetime.now(UTC) - began).total_seconds()
    return Answered(
        result=result, chart=chart_of(result, asked.bar if asked else None), seconds=seconds
    )
