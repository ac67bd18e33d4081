"""What a user is called, where they can be reached and what they write stays where it belongs.

Canaries go through a build, a change, a failure, a stop, a forged webhook and a crash, in words, in
papers and their names, in a place and a contact. They may be in the contact and content tables, and
nowhere else: not in any other table, not in spans, logs and metrics on the wire, not in the
processes' own logs. For what is said by voice see `test_voice_notes_privacy`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.otlp_receiver import OtlpReceiver
from tests.papers import PDF, pdf, word
from tests.papers import WORD as OFFICE

BYTES = re.compile(r"\\+x((?:[0-9a-f]{2})+)")

NUMBER = "+15557650001"
NAME = "Quetzalina"
WORD = "zanzibarflute"
CANARIES = (NUMBER.lstrip("+"), NAME, WORD, "acceptance-auth-token", "acceptance-operator-token")

CONTENT = {
    "inbound_message",  # what was written
    "outbox",  # what was answered
    "project",  # titles
    "blob",  # files
    "build",  # the request, the plan
    "requirement",  # what is asked of an app, in the user's words
    "decision",  # what was decided about it
    "agent",  # what agents start from and end with
    "turn",  # what they say and do
    "handoff",  # what they leave to each other, with the user's words
    "attachment",  # what was sent, and what it says
    "workspace_file",  # what files are called
    "version_file",
}
"""Tables whose purpose is content. The address is in `contact`, encrypted."""


def test_canaries_are_found_where_content_is_kept_and_nowhere_else(
    database_url: str, tmp_path: Path, receiver: OtlpReceiver
) -> None:
    stack = Stack(database_url, tmp_path / "logs", **receiver.environment())
    try:
        play(stack.start())
    finally:
        stack.stop()

    keeping = {table for table, text in tables(stack) if any(c in text for c in CANARIES)}
    assert {"inbound_message", "build", "agent", "handoff", "attachment"} <= keeping <= CONTENT
    wire = b"\n".join(receiver.bodies).decode("utf-8", "replace")
    logs = "\n".join(log.read_text("utf-8") for log in (tmp_path / "logs").glob("*.log"))
    assert "user_request" in wire
    assert "lost its worker" in logs  # it is the logs of the processes that were looked at
    for canary in CANARIES:
        assert canary not in wire
        assert canary not in logs
    assert not any("request_preview" in span.attributes for span in receiver.everything)


def test_a_preview_shows_the_words_when_it_is_asked_for_and_never_the_number(
    database_url: str, tmp_path: Path, receiver: OtlpReceiver
) -> None:
    stack = Stack(
        database_url, tmp_path / "logs", TELEMETRY_CONTENT="preview", **receiver.environment()
    )
    request_text = f"Hello from {NAME}, call me at {NUMBER}. {WORD} " + "and so on " * 20
    try:
        stack.start().phone(NUMBER).say(request_text)
        root = receiver.span("user_request", within=60)
    finally:
        stack.stop()

    preview = str(root.attributes["request_preview"])
    assert preview.startswith(f"Hello from {NAME}, call me at [address]")
    assert len(preview) == 100
    telling = {
        s.name for s in receiver.everything if NAME in "".join(map(str, s.attributes.values()))
    }
    assert telling == {"user_request"}
    assert NUMBER.lstrip("+") not in b"\n".join(receiver.bodies).decode("utf-8", "replace")


def play(stack: Stack) -> None:
    """Everything that can happen to what a user writes and sends."""
    phone = stack.phone(NUMBER)
    send(stack, phone)
    phone.say(f"Build me a counter for {NAME} {WORD} with these, write to {NUMBER}")
    built = phone.wait_for(announced, 90)
    assert urlopen(f"{link_in(built)}papers/{NAME}.pdf").read().startswith(b"%PDF-")

    stack.fail_model("refusal", "frontend")
    phone.say(f"Change the title to {NAME}")
    failed = phone.wait_for(lambda m: "not able to build" in m.body, 60, after=built.position)

    forge(stack)
    stack.hold_model("frontend")
    phone.say(f"Build me a quiz about {WORD}")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60, after=failed.position)
    stack.disturb().kill("worker")
    stack.start_worker()
    eventually(
        lambda: "lost its worker" in "".join(stack.logs.news().values()),
        "the build goes on after the crash",
        seconds=60,
    )
    phone.say("stop")
    phone.wait_for(lambda m: m.body.startswith("Stopped"), 60, after=failed.position)
    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"),
        "all requests are closed",
    )


def send(stack: Stack, phone: Phone) -> None:
    """Papers that can be read and that cannot, a place and a contact."""
    phone.send_file(pdf([[WORD]], author=WORD)[:300], PDF, f"{NAME}.pdf")
    phone.wait_for(lambda m: "could not read that file" in m.body, 60)
    phone.send_file(pdf([[WORD]], author=WORD), PDF, f"{NAME}.pdf")
    phone.send_file(word(WORD), OFFICE, f"{NAME}.docx")
    phone.send_place(52.5, 13.4, NAME, WORD)
    phone.send_contact(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{NAME}\r\nEND:VCARD\r\n".encode())
    unread = "SELECT 1 FROM request WHERE closed_at IS NULL"
    eventually(lambda: not stack.rows(unread), "all is taken in")


def forge(stack: Stack) -> None:
    """A webhook that nobody signed."""
    form = urlencode({"From": f"whatsapp:{NUMBER}", "Body": WORD, "MessageSid": "SM" + "0" * 32})
    url = f"{stack.public_url}/webhooks/whatsapp?word={WORD}"
    with pytest.raises(HTTPError, match="403"):
        urlopen(Request(url, form.encode(), headers={"X-Twilio-Signature": NAME}))


def tables(stack: Stack) -> Iterator[tuple[str, str]]:
    """Every table of the database with all its rows as text."""
    for table in stack.rows(
        "SELECT table_schema AS schema, table_name AS name FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE'"
        " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    ):
        where = f'"{table["schema"]}"."{table["name"]}"'
        rows = stack.rows(f"SELECT t::text AS row FROM {where} AS t")
        yield table["name"], "\n".join(BYTES.sub(as_text, row["row"]) for row in rows)


def as_text(found: re.Match[str]) -> str:
    """What PostgreSQL prints in hex, as text: files and encrypted fields are searched as well."""
    return bytes.fromhex(found[1]).decode("utf-8", "replace")
