"""Logfire's own answers to questions about the records, for those who have a read token."""

from datetime import datetime

import httpx2

from bot.cli.logfire_address import logfire_address
from bot.errors import QueryFailed
from telemetry.store.formats import as_answer
from telemetry.store.query_result import QueryResult

PATIENCE = 60.0  # seconds


def ask_logfire(token: str, sql: str, since: datetime, limit: int) -> QueryResult:
    """Let Logfire answer. Raises `QueryFailed`."""
    body = {"sql": sql, "min_timestamp": since.isoformat(), "limit": limit, "include_schema": True}
    try:
        response = httpx2.post(
            f"{logfire_address(token)}/v2/query",
            json=body,
            headers={"Authorization": token, "Accept": "application/json"},
            timeout=PATIENCE,
        )
    except httpx2.HTTPError as error:
        raise QueryFailed(f"Logfire cannot be reached ({type(error).__name__}).") from error
    if response.status_code in (401, 403):
        raise QueryFailed("Logfire refuses the token; check LOGFIRE_READ_TOKEN.")
    if response.status_code != 200:
        raise QueryFailed(f"Logfire answers {response.status_code}: {response.text.strip()}")
    return as_answer(response.json())
