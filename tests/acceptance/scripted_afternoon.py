"""One scripted afternoon on the whole system, and what it has reported.

A build whose agents fill up their context, another one in which a model call breaks once, a change
to it, a spoken question.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.acceptance.stack import Stack, announced, eventually
from tests.mcp_server import over_stdio
from tests.otlp_receiver import OtlpReceiver, otlp_receiver
from tests.voice_notes import ScriptedEars, scripted_transcriber, settings_of


@dataclass(frozen=True, kw_only=True)
class Afternoon:
    """What the scenario has left."""

    receiver: OtlpReceiver
    requests: list[dict[str, Any]]
    ledger: Decimal
    records: Decimal
    scraped: str


@contextmanager
def scripted_afternoon(database_url: str, folder: Path) -> Iterator[Afternoon]:
    """Two builds, a change, a question and a farewell; the system runs until the end."""
    with otlp_receiver() as receiver:
        reporting = receiver.environment()
        small = Stack(database_url, folder, WORKING_BUDGET_TOKENS="8000", **reporting)
        try:
            build_in_small_windows(small.start())
        finally:
            small.stop()
        (folder / "mcp.json").write_text(
            json.dumps({"mcpServers": {"hosting": over_stdio(folder, tools=["deploy_site"])}})
        )
        with scripted_transcriber() as (transcriber, ears):
            reporting |= settings_of(transcriber)
            mcp = str(folder / "mcp.json")
            stack = Stack(database_url, folder, MCP_CONFIG=mcp, **reporting)
            try:
                yield build_and_change(stack.start(), ears, receiver)
            finally:
                stack.stop()


def build_in_small_windows(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    phone.wait_for(announced, 90)
    all_are_closed(stack)


def build_and_change(stack: Stack, ears: ScriptedEars, receiver: OtlpReceiver) -> Afternoon:
    with pytest.raises(HTTPError, match="401"):
        open_metrics(stack, token="not-the-operators")
    stack.fail_model("overloaded_mid_stream", "designer")
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    first = phone.wait_for(announced, 90)
    phone.say("Change the title to Groceries")
    second = phone.wait_for(lambda m: "Version 2" in m.body, 90, after=first.position)
    phone.send_file(ears.note("status"), "audio/ogg")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30, after=second.position)
    all_are_closed(stack)
    leave(stack)
    receiver.wait_for(
        lambda: any(span.name == "periodic_task" for span in receiver.spans), within=90
    )
    scraped = eventually(lambda: scrape(stack), "all metrics can be scraped", seconds=90)
    stack.disturb().stop()  # what is buffered is sent
    (ledger,) = stack.rows("SELECT sum(cost_usd) AS cost FROM model_call")
    (records,) = stack.rows(
        "SELECT sum((attributes ->> 'operation.cost')::numeric) AS cost FROM records"
        " WHERE span_name IN ('token_usage', 'transcribe')"
    )
    return Afternoon(
        receiver=receiver,
        requests=stack.rows("SELECT * FROM request ORDER BY accepted_at"),
        ledger=ledger["cost"],
        records=records["cost"],
        scraped=scraped,
    )


def leave(stack: Stack) -> None:
    """Give a periodic task something to do: a user who is to be forgotten."""
    phone = stack.phone("+15557651111")
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "Shall I?" in m.body, 30)
    phone.tap(asked, "Delete everything")
    phone.wait_for(lambda m: "Goodbye!" in m.body, 30)


def all_are_closed(stack: Stack) -> None:
    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"),
        "all requests are closed",
    )


def scrape(stack: Stack) -> str:
    """What Prometheus reads, once the numbers of all processes are in it, else nothing."""
    text = open_metrics(stack, token=stack.environment["OPERATOR_TOKEN"])
    last_of_each = ('request_cost_usd_count{request_type="command"}', "wrong_passwords_total")
    return text if all(name in text for name in last_of_each) else ""


def open_metrics(stack: Stack, *, token: str) -> str:
    request = Request(f"{stack.public_url}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request) as answer:
        text: str = answer.read().decode()
    return text
