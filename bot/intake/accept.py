"""Takes a message in: stored, its trace opened and its job queued, in one statement, once."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.errors import DeadlockDetected
from werkzeug.datastructures import MultiDict

from bot.collections.owner_keys import without_keys
from bot.intake.command_names import find_command
from bot.intake.incoming import TEXT
from bot.intake.lock_kinds import overtaking_lock
from bot.requests.identity import (
    address_id,
    address_key,
    encrypt_address,
    encrypt_fields,
    external_id,
    external_key,
    is_number,
)
from bot.settings.groups import IdentitySettings
from telemetry.corrections import link_to
from telemetry.named_sql import statements
from telemetry.privacy import preview
from telemetry.root import mint_root, open_root

PLATFORM = "whatsapp"
ATTEMPTS = 3

SQL = statements("bot.intake", "accept.sql")


def accept(
    connection: Connection,
    keys: IdentitySettings,
    form: MultiDict[str, str],
    *,
    sent_at: datetime | None = None,
) -> UUID | None:
    """Store the message of a checked form and return its request's id.

    None for a repetition, and for what was sent before its user was forgotten. `sent_at` is when
    they wrote if that was not just now. Who it is, the database tells: several ids may lead to one
    user. `connection` is in autocommit: when this returns, the message is durable.
    """
    root = mint_root(sent_at)
    request_id = uuid4()
    body = without_keys(_storable(form.get("Body", "")))
    user_id = _take_in(
        connection,
        {
            "message_sid": form["MessageSid"],
            "external_id": external_id(keys, form),
            "external_key": external_key(keys, form),
            "address_id": address_id(keys, form["From"]),
            "platform": PLATFORM,
            "address": encrypt_address(keys, form["From"]),
            "address_key": address_key(keys, form["From"]),
            "is_number": is_number(form["From"]),
            "message_type": _storable(form.get("MessageType", TEXT)),
            "body": body,
            "fields": encrypt_fields(keys, form),
            "request_id": request_id,
            "trace_id": root.trace_id,
            "span_id": root.span_id,
            "sent_at": sent_at,
            # A slip is one in its user's language, which is not known here.
            "lock_kind": overtaking_lock(find_command(body, is_literal=True)),
        },
    )
    if user_id is None:
        return None
    open_root(
        root,
        {
            "user_id": user_id,
            "request_id": str(request_id),
            "platform": PLATFORM,
            "request_length": len(body),
            "request_preview": preview(body),
        },
    )
    link_to(root)
    return request_id


def _take_in(connection: Connection, message: dict[str, object]) -> str | None:
    """Store it, again where that and a job for the same user waited for each other.

    A job is tried again by itself, while Twilio brings a message only once. Returns whose it is.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(DeadlockDetected):
            return _store(connection, message)
    return _store(connection, message)


def _store(connection: Connection, message: dict[str, object]) -> str | None:
    row = connection.execute(SQL["accept_message"], message).fetchone()
    assert row is not None  # the statement has no condition
    accepted, user_id, _ = row
    return str(user_id) if accepted else None


def _storable(text: str) -> str:
    """Drop NUL, the one character that PostgreSQL's text cannot hold; the kept fields have it."""
    return text.replace("\0", "")
