"""`textcrew query`: questions to the records, in SQL or by the cookbook's names."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import click
import psycopg

from bot.cli.duration import DURATION
from bot.cli.printing import say
from bot.database.clock import database_time_blocking
from bot.database.connection import database_url
from bot.errors import QueryFailed
from bot.settings.groups import Settings
from bot.settings.loading import load_settings
from telemetry.cookbook import Query, UnknownParameter, cookbook
from telemetry.store.formats import csv_answer, json_rows
from telemetry.store.query_result import Deadline, QueryRefused, QueryResult
from telemetry.store.querying import QueriesUnavailable, ask

ROW_LIMIT = 10_000
LOCAL_SECONDS = 60.0


@click.command()
@click.argument("question", required=False)
@click.option(
    "--last", type=DURATION, default="7d", show_default=True, help="How far to look back."
)
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of a cookbook query.",
)
@click.option("--limit", type=click.IntRange(1, ROW_LIMIT), default=1_000, show_default=True)
@click.option("--list", "list_all", is_flag=True, help="List the cookbook's queries.")
@click.option("--sql", "show_sql", is_flag=True, help="Print the SQL instead of asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
def query(
    question: str | None,
    last: timedelta,
    values: tuple[str, ...],
    limit: int,
    list_all: bool,
    show_sql: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Ask the records of traces, logs and metrics.

    QUESTION is SQL ("SELECT …"), or the name of a query of the cookbook. With LOGFIRE_READ_TOKEN
    set Logfire answers, otherwise our own database.
    """
    if list_all or question is None:
        _list(as_json=as_json)
        return
    known = cookbook().get(question)
    sql = _sql(question, known, values)
    if show_sql:
        say(sql)
        return
    settings = load_settings()
    try:
        answer = _ask(settings, sql, last, limit)
    except QueryRefused as refused:
        raise QueryFailed(_explained(refused, sql)) from refused
    if as_json:
        say(json_rows(answer))
    elif as_csv:
        say(csv_answer(answer), ends=False)
    else:
        from bot.cli.query_output import draw

        draw(answer, title=known.title if known else None, bar=known.bar if known else None)
        if len(answer.rows) == limit:
            say(f"There may be more than these {limit} rows; see --limit.", err=True)


def _list(*, as_json: bool) -> None:
    if as_json:
        say(json.dumps([
            {"query": name, "question": known.question, "parameters": dict(known.parameters)}
            for name, known in cookbook().items()
        ], indent=2))  # fmt: skip
        return
    for name, known in cookbook().items():
        say(name, bold=True)
        say(f"    {known.question}")
        for parameter, meaning in known.parameters.items():
            say(f"    --set {parameter}=…  {meaning}")


def _sql(question: str, known: Query | None, values: tuple[str, ...]) -> str:
    if known is None:
        if " " not in question.strip():
            raise QueryFailed(f"There is no query {question}; see: textcrew query --list")
        if values:
            raise QueryFailed("--set goes with a query of the cookbook.")
        return question
    try:
        return known.filled_in(_pairs(values))
    except UnknownParameter as error:
        raise QueryFailed(str(error)) from error


def _pairs(values: tuple[str, ...]) -> Mapping[str, str]:
    for value in values:
        if "=" not in value:
            raise QueryFailed(f"--set takes NAME=VALUE, not {value!r}.")
    return dict(value.split("=", 1) for value in values)


def _ask(settings: Settings, sql: str, last: timedelta, limit: int) -> QueryResult:
    """Let Logfire answer if we have a token for that, else our own database."""
    if settings.operators.logfire_read_token is not None:
        from bot.cli.logfire_api import ask_logfire

        since = datetime.now(UTC) - last
        return ask_logfire(
            settings.operators.logfire_read_token.get_secret_value(), sql, since, limit
        )
    url = settings.queries_url or database_url(settings)
    with psycopg.connect(url, autocommit=True) as connection:
        since = database_time_blocking(connection) - last
        deadline = Deadline(LOCAL_SECONDS)
        try:
            return ask(connection, sql, min_timestamp=since, limit=limit, deadline=deadline)
        except QueriesUnavailable as error:
            raise QueryFailed(str(error)) from error


def _explained(refused: QueryRefused, sql: str) -> str:
    """The database's message, and the place in the query that it is about."""
    lines = [refused.message]
    if refused.line is not None and refused.column is not None:
        lines.append(f"  line {refused.line}: {sql.strip().splitlines()[refused.line - 1]}")
        lines.append(" " * (len(f"  line {refused.line}: ") + refused.column - 1) + "^")
    if refused.hint:
        lines.append(refused.hint)
    return "\n".join(lines)
