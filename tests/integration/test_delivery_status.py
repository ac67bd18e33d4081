"""Status callbacks come late, twice and in any order; what is known only gets truer."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from bot.delivery import status
from bot.delivery.listing import list_deliveries
from tests.users import insert_user


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def request_id(connection: Connection) -> UUID:
    identity = uuid4()
    insert_user(connection, "ada")
    connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, 'ada', %s, 'whatsapp', repeat('a', 32), repeat('b', 16), 1)",
        [identity, uuid4()],
    )
    return identity


def claimed(
    connection: Connection, request_id: UUID, body: str = "hello", kind: str = "reply"
) -> int:
    connection.execute(
        "SELECT enqueue_message('ada', %s, %s, %s, %s)", [request_id, kind, str(uuid4()), [body]]
    )
    row = connection.execute(
        "UPDATE outbox SET state = 'sending', attempts = 1 WHERE state = 'queued' RETURNING id"
    ).fetchone()
    assert row is not None
    return int(row[0])


def accepted(connection: Connection, message: int, status_then: str = "queued") -> None:
    connection.execute("SELECT note_accepted(%s, 1, 'SM1', %s)", [message, status_then])


def called_back(connection: Connection, status_now: str, **more: str) -> bool:
    return status.apply(connection, {"MessageSid": "SM1", "MessageStatus": status_now, **more})


def known(connection: Connection, message: int) -> Any:
    return connection.execute(
        "SELECT state, provider_status, error_code, finished_at IS NOT NULL"
        " FROM outbox WHERE id = %s",
        [message],
    ).fetchone()


@pytest.mark.parametrize("order", [*permutations(["sending", "sent", "delivered", "read"])])
@pytest.mark.parametrize("is_known", [True, False])
def test_in_any_order_a_read_message_ends_read(
    connection: Connection, request_id: UUID, order: tuple[str, ...], is_known: bool
) -> None:
    message = claimed(connection, request_id)
    if is_known:
        accepted(connection, message)

    for step in (*order, *order):
        called_back(connection, step)
    accepted(connection, message)

    assert known(connection, message) == ("read", "read", None, True)


def test_it_is_known_when_it_was_delivered_and_when_it_was_read(
    connection: Connection, request_id: UUID
) -> None:
    message = claimed(connection, request_id)
    accepted(connection, message)
    times = "SELECT finished_at, read_at FROM outbox"

    called_back(connection, "delivered")
    delivered_at, read_at = connection.execute(times).fetchone() or (None, None)
    assert (delivered_at is not None, read_at) == (True, None)
    called_back(connection, "read")
    again, read_at = connection.execute(times).fetchone() or (None, None)
    assert again == delivered_at
    assert read_at is not None


@pytest.mark.parametrize("order", [*permutations(["queued", "sent", "undelivered"])])
@pytest.mark.parametrize("is_known", [True, False])
def test_in_any_order_an_undelivered_message_ends_failed_with_its_code(
    connection: Connection, request_id: UUID, order: tuple[str, ...], is_known: bool
) -> None:
    message = claimed(connection, request_id)
    if is_known:
        accepted(connection, message)

    for step in order:
        called_back(connection, step, **({"ErrorCode": "63024"} if step == "undelivered" else {}))
    accepted(connection, message)

    assert known(connection, message) == ("failed", "undelivered", 63024, True)


@pytest.mark.parametrize("listed", ["sent", "undelivered"])
@pytest.mark.parametrize(
    ("code", "state", "is_owed"),
    [
        (63018, "queued", False),
        (63010, "queued", True),
        (63016, "waiting_for_window", False),
        (63014, "suppressed", False),
        (63024, "failed", False),
    ],
)
@pytest.mark.parametrize("is_in_time", [True, False])
def test_a_message_that_is_found_after_it_failed_is_treated_by_its_code(
    connection: Connection,
    request_id: UUID,
    listed: str,
    code: int,
    state: str,
    is_owed: bool,
    is_in_time: bool,
) -> None:
    message = claimed(connection, request_id, kind="published")
    if is_in_time:
        called_back(connection, "undelivered", ErrorCode=str(code))
    accepted(connection, message, listed)
    if not is_in_time:
        assert known(connection, message)[0] == "sent"  # so that Twilio is asked for its code
        called_back(connection, "undelivered", ErrorCode=str(code))

    assert known(connection, message)[::2] == (state, code)
    assert connection.execute("SELECT is_owed FROM outbox").fetchone() == (is_owed,)
    assert connection.execute("SELECT FROM early_status").fetchone() is None


def test_a_delivered_message_cannot_fail_any_more(connection: Connection, request_id: UUID) -> None:
    message = claimed(connection, request_id)
    accepted(connection, message)

    assert called_back(connection, "delivered")
    assert not called_back(connection, "failed", ErrorCode="63024")
    assert known(connection, message) == ("delivered", "delivered", None, True)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageSid": "SM1"},
        {"MessageStatus": "sent"},
        {"MessageSid": "SM1", "MessageStatus": "teleported"},
        {"MessageSid": "SM2", "MessageStatus": "delivered"},
        {"MessageSid": "SM1", "MessageStatus": "queued", "ErrorCode": "many"},
    ],
)
def test_what_cannot_be_used_changes_nothing(
    connection: Connection, request_id: UUID, form: dict[str, str]
) -> None:
    message = claimed(connection, request_id)
    accepted(connection, message)

    assert not status.apply(connection, form)
    assert known(connection, message) == ("sent", "queued", None, False)


def test_statuses_of_unknown_messages_are_forgotten_after_a_day(
    connection: Connection, request_id: UUID
) -> None:
    for sid in ("SM7", "SM8"):
        status.apply(connection, {"MessageSid": sid, "MessageStatus": "sent"})
        connection.execute("UPDATE early_status SET received_at = received_at - interval '25 h'")
    status.apply(connection, {"MessageSid": "SM9", "MessageStatus": "sent"})

    assert connection.execute("SELECT provider_sid FROM early_status").fetchall() == [("SM9",)]


def test_deliveries_are_listed_newest_first_and_without_their_text(
    connection: Connection, request_id: UUID
) -> None:
    first = claimed(connection, request_id, "secret plans")
    accepted(connection, first)
    called_back(connection, "undelivered", ErrorCode="63015")
    second = claimed(connection, request_id)

    listed = list_deliveries(connection)
    assert [delivery.id for delivery in listed] == [second, first]
    assert listed[1].error_message == "the recipient has not joined the sandbox"
    assert not listed[1].is_owed
    assert {delivery.body for delivery in listed} == {None}
    assert [d.id for d in list_deliveries(connection, state="failed")] == [first]
    assert list_deliveries(connection, user_id="bob") == []
    assert list_deliveries(connection, request_id=uuid4()) == []
    (shown,) = list_deliveries(connection, request_id=request_id, with_body=True, limit=1)
    assert shown.body == "hello"
