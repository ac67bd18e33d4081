"""What matters and was given up for a reason that may pass is sent again, and only what matters."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from bot.delivery import outbox
from bot.delivery.listing import list_deliveries
from bot.delivery.restored import doubt_pending
from bot.delivery.retry_policy import SendPolicy
from bot.delivery.sender import deliver_pending
from bot.messages.kinds import MessageKind
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from tests.integration.delivery_stage import HASTE, Pool, Stage, User, set_stage, wait_until

pytestmark = pytest.mark.anyio

THREE_PARTS = "A sentence with seven words in it. " * 100
FIRST_PART_IS_LOST = TwilioFault(when="delivery", code=63010, outcome="failed", containing="(1/3)")


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def run(stage: Stage, statement: str, *values: object) -> None:
    async with stage.pool.connection() as connection:
        await connection.execute(statement.encode(), values)


async def send(stage: Stage, user: User, policy: SendPolicy = HASTE) -> None:
    await deliver_pending(stage.services, user.user_id, policy=policy)


async def tell(
    stage: Stage,
    user: User,
    text: str,
    *,
    kind: MessageKind = MessageKind.PUBLISHED,
    request_id: UUID | None = None,
    policy: SendPolicy = HASTE,
) -> None:
    async with stage.pool.connection() as connection:
        await outbox.enqueue(
            connection,
            user_id=user.user_id,
            request_id=request_id or user.request_id,
            kind=kind,
            body=text,
            dedupe_key=secrets.token_hex(8),
        )
    await send(stage, user, policy)


async def lose(
    stage: Stage, user: User, *, kind: MessageKind = MessageKind.PUBLISHED, code: int = 63010
) -> None:
    """Let a message be sent, and Twilio report that it was not delivered."""
    stage.fail(TwilioFault(when="delivery", code=code))
    await tell(stage, user, "Your app is ready", kind=kind)

    async def is_reported() -> bool:
        return any(row["error_code"] == code for row in await stage.rows(user))

    await wait_until(is_reported)


async def give_up_waiting(stage: Stage, user: User) -> None:
    """Let the waits have failed, all of them."""
    await run(
        stage,
        "UPDATE outbox SET state = 'failed', provider_status = 'undelivered' WHERE user_id = %s",
        user.user_id,
    )


async def let_time_pass(stage: Stage, user: User) -> None:
    await run(
        stage,
        "UPDATE outbox SET not_before = now() WHERE user_id = %s AND state = 'queued'",
        user.user_id,
    )
    await send(stage, user)


async def write(stage: Stage, user: User) -> UUID:
    """Let the user's next message have been read."""
    request_id = uuid4()
    await run(
        stage,
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length, accepted_at) SELECT %s, user_id, conversation_id, platform, trace_id,"
        " span_id, 5, accepted_at + interval '1 h' FROM request WHERE request_id = %s",
        request_id,
        user.request_id,
    )
    await run(stage, "UPDATE request SET request_type = 'talk' WHERE request_id = %s", request_id)
    await send(stage, user)
    return request_id


async def report(stage: Stage, sid: str, status: str, *, code: int | None = None) -> None:
    """Let Twilio call back."""
    form = {"MessageSid": sid, "MessageStatus": status, "ErrorCode": str(code or "")}
    async with httpx.AsyncClient() as twilio:
        callback = f"{stage.settings.web.public_base_url}/webhooks/status"
        (await twilio.post(callback, data=form)).raise_for_status()


@pytest.mark.parametrize(
    "kind", [MessageKind.PUBLISHED, MessageKind.PICTURE, MessageKind.FAILED, MessageKind.REPLY]
)
@pytest.mark.parametrize("code", [63010, 63012, 63999])
async def test_what_matters_is_sent_again_when_the_fault_may_have_passed(
    stage: Stage, kind: MessageKind, code: int
) -> None:
    user = await stage.user()
    await lose(stage, user, kind=kind, code=code)
    (owed,) = await stage.rows(user)
    assert (owed["state"], owed["is_owed"]) == ("queued", True)
    await send(stage, user)
    assert len(stage.texts(user)) == 1  # it is not time yet

    await let_time_pass(stage, user)

    (row,) = await stage.end(user)
    assert (row["state"], row["is_owed"], row["attempts"]) == ("read", False, 2)
    assert stage.texts(user) == ["Your app is ready"] * 2


@pytest.mark.parametrize(
    ("kind", "fault", "is_owed"),
    [
        (MessageKind.PUBLISHED, TwilioFault(code=63010, times=5), True),
        (MessageKind.PICTURE, TwilioFault(code=20429, times=5), True),
        (MessageKind.FAILED, TwilioFault(code=63007, times=5), True),
        (MessageKind.DESIGN, TwilioFault(status=503, times=5), True),
        (MessageKind.PROGRESS, TwilioFault(code=63010, times=5), False),
        (MessageKind.PUBLISHED, TwilioFault(code=63003), False),
    ],
    ids=lambda value: f"{value.code or value.status}" if isinstance(value, TwilioFault) else None,
)
async def test_what_twilio_did_not_even_take_in_comes_when_the_user_next_writes(
    stage: Stage, database_url: str, kind: MessageKind, fault: TwilioFault, is_owed: bool
) -> None:
    user = await stage.user()
    stage.fail(fault)
    await tell(stage, user, "Your app is ready", kind=kind)
    await stage.deliver(user)
    with psycopg.connect(database_url) as connection:
        (listed,) = list_deliveries(connection, user_id=user.user_id)
    assert (listed.state, listed.is_owed, listed.error_code) == ("failed", is_owed, fault.code)
    assert stage.texts(user) == []

    await write(stage, user)

    (row,) = await stage.end(user)
    assert (row["state"], row["is_owed"]) == ("read" if is_owed else "failed", False)
    assert len(stage.texts(user)) == is_owed


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (MessageKind.PROGRESS, 63010),
        (MessageKind.UNDERSTOOD, 63010),
        (MessageKind.PUBLISHED, 63024),
        (MessageKind.PUBLISHED, 63003),
    ],
)
async def test_mere_news_and_what_can_never_arrive_is_not_sent_again(
    stage: Stage, kind: MessageKind, code: int
) -> None:
    user = await stage.user()
    await lose(stage, user, kind=kind, code=code)
    await write(stage, user)

    (row,) = await stage.end(user)
    assert (row["state"], row["is_owed"]) == ("failed", False)
    assert len(stage.texts(user)) == 1


async def test_waits_grow_and_end_and_the_next_message_brings_it_all_the_same(
    stage: Stage,
) -> None:
    user = await stage.user()
    await lose(stage, user)
    await run(stage, "UPDATE outbox SET attempts = 7")
    stage.fail(TwilioFault(when="delivery", code=63012))
    await let_time_pass(stage, user)

    async def is_given_up() -> bool:
        (row,) = await stage.rows(user)
        return (row["state"], row["is_owed"]) == ("failed", True)

    await wait_until(is_given_up)
    await write(stage, user)

    (row,) = await stage.end(user)
    assert (row["state"], row["is_owed"]) == ("read", False)
    assert len(stage.texts(user)) == 3


async def test_whoever_writes_gets_all_that_is_owed_in_order(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", code=63010, times=2))
    await tell(stage, user, "a picture", kind=MessageKind.PICTURE)
    await tell(stage, user, "your link")
    await wait_until(lambda: _is_all_owed(stage, user))
    await write(stage, user)

    await stage.end(user)
    assert stage.texts(user)[2:] == ["a picture", "your link"]


async def _is_all_owed(stage: Stage, user: User) -> bool:
    return all(row["is_owed"] for row in await stage.rows(user))


async def test_what_waits_to_be_sent_again_lets_others_pass(stage: Stage) -> None:
    user = await stage.user()
    await lose(stage, user)
    await tell(stage, user, "hello")

    assert stage.texts(user) == ["Your app is ready", "hello"]
    assert (await stage.states(user))[0] == "queued"


@pytest.mark.parametrize("has_ended", [False, True], ids=["waiting", "given up"])
async def test_what_arrived_after_all_is_not_sent_twice(stage: Stage, has_ended: bool) -> None:
    user = await stage.user()
    await lose(stage, user)
    if has_ended:
        await give_up_waiting(stage, user)
    (sent,) = stage.received(user)
    await report(stage, sent.sid, "delivered")

    await write(stage, user)
    (row,) = await stage.rows(user)
    assert (row["state"], row["is_owed"], row["provider_sid"]) == ("delivered", False, sent.sid)
    assert len(stage.texts(user)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_nobody_could_ask_twilio_about_for_days_is_owed_and_arrives_once(
    stage: Stage, when: Literal["before", "after"]
) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when=when, drop=True))
    await tell(stage, user, "your link")
    assert await stage.states(user) == ["uncertain"]
    await run(
        stage, "UPDATE outbox SET attempted_at = now() - interval '2 days', not_before = NULL"
    )
    stage.fail(TwilioFault(operation="list", status=503))
    await send(stage, user)

    (row,) = await stage.rows(user)
    assert (row["state"], row["is_owed"]) == ("failed", True)
    await write(stage, user)
    (row,) = await stage.end(user)
    assert (row["state"], stage.texts(user)) == ("read", ["your link"])


async def test_what_was_owed_when_a_backup_was_made_is_looked_for_once_it_is_restored(
    stage: Stage, database_url: str
) -> None:
    user = await stage.user()
    await lose(stage, user)
    await give_up_waiting(stage, user)
    (backup,) = await stage.rows(user)
    await write(stage, user)
    await stage.end(user)
    assert len(stage.texts(user)) == 2
    await run(
        stage,
        "UPDATE outbox SET (state, is_owed, attempts, provider_sid, sent_at, finished_at)"
        " = ('failed', true, %s, NULL, NULL, now())",
        backup["attempts"],
    )

    doubt_pending(database_url)
    await write(stage, user)

    await stage.end(user)
    assert len(stage.texts(user)) == 2


@pytest.mark.parametrize("has_ended", [False, True], ids=["waiting", "given up"])
async def test_nothing_is_owed_to_who_opted_out(stage: Stage, has_ended: bool) -> None:
    user = await stage.user()
    await lose(stage, user)
    if has_ended:
        await give_up_waiting(stage, user)
    await run(stage, "SELECT suppress_contact(%s, 'opted_out')", user.user_id)
    await write(stage, user)

    (row,) = await stage.rows(user)
    assert (row["state"], row["is_owed"]) == ("suppressed", False)
    assert len(stage.texts(user)) == 1


async def test_nothing_is_owed_to_who_was_forgotten(stage: Stage) -> None:
    user = await stage.user()
    await lose(stage, user)
    await run(stage, "DELETE FROM outbox WHERE user_id = %s", user.user_id)
    await send(stage, user)

    assert len(stage.texts(user)) == 1


async def test_a_link_gives_way_to_the_next_versions(stage: Stage) -> None:
    user = await stage.user()
    await run(
        stage,
        "INSERT INTO project (project_id, user_id, title, site_token)"
        " VALUES (%s, %s, 'Todo', 'token')",
        project := uuid4(),
        user.user_id,
    )
    await lose(stage, user)
    later = await write(stage, await stage.user())  # not theirs: nothing is due by it
    await run(
        stage,
        "UPDATE request SET project_id = %s, user_id = %s WHERE request_id IN (%s, %s)",
        project,
        user.user_id,
        user.request_id,
        later,
    )
    await tell(stage, user, "Version 2 is ready", request_id=later)
    await let_time_pass(stage, user)

    assert stage.texts(user) == ["Your app is ready", "Version 2 is ready"]
    assert (await stage.states(user))[0] == "suppressed"


async def test_a_question_that_was_answered_is_not_asked_again(stage: Stage) -> None:
    user = await stage.user()
    await lose(stage, user)
    # Of what it asks nothing is open: an open one is in `test_unheard_questions`.
    await run(stage, "UPDATE outbox SET kind = 'question' WHERE user_id = %s", user.user_id)
    await let_time_pass(stage, user)

    assert await stage.states(user) == ["suppressed"]
    assert len(stage.texts(user)) == 1


async def test_a_question_that_was_answered_before_it_was_sent_is_not_asked(stage: Stage) -> None:
    user = await stage.user()
    await tell(stage, user, "Which colour?", kind=MessageKind.QUESTION)

    assert await stage.states(user) == ["suppressed"]
    assert stage.texts(user) == []


async def test_an_answer_is_not_repeated_to_who_went_on(stage: Stage) -> None:
    user = await stage.user()
    await lose(stage, user, kind=MessageKind.REPLY)
    await write(stage, user)

    assert await stage.states(user) == ["suppressed"]


async def test_the_parts_that_follow_wait_with_the_one_that_did_not_arrive(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(FIRST_PART_IS_LOST)
    await tell(stage, user, THREE_PARTS, kind=MessageKind.REPLY)
    assert numbers(stage, user) == ["(1/3)"]

    await let_time_pass(stage, user)

    assert numbers(stage, user) == ["(1/3)", "(1/3)", "(2/3)", "(3/3)"]


async def test_a_message_of_which_a_later_part_arrived_is_told_to_its_end(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", callbacks="none", containing="(1/3)"))
    unasked = replace(HASTE, confirmation_timeout=0)
    await tell(stage, user, THREE_PARTS, kind=MessageKind.REPLY, policy=unasked)
    first, *_ = stage.received(user)
    await report(stage, first.sid, "undelivered", code=63010)
    await write(stage, user)

    assert numbers(stage, user) == ["(1/3)", "(2/3)", "(3/3)", "(1/3)"]


async def test_no_part_of_an_answer_is_told_to_who_went_on_before_any_arrived(
    stage: Stage,
) -> None:
    user = await stage.user()
    stage.fail(FIRST_PART_IS_LOST)
    await tell(stage, user, THREE_PARTS, kind=MessageKind.REPLY)
    await write(stage, user)

    assert await stage.states(user) == ["suppressed"] * 3
    assert numbers(stage, user) == ["(1/3)"]


def numbers(stage: Stage, user: User) -> list[str]:
    """The parts that Twilio has got, by their numbers."""
    return [text[:5] for text in stage.texts(user)]
