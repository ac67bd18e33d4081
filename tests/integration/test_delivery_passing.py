"""A message that Twilio goes on refusing lets those behind it pass, and comes in the end."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from uuid import uuid4

import pytest

from bot.delivery import outbox
from bot.delivery.retry_policy import RetryDelays
from bot.delivery.sender import deliver_pending
from bot.messages.kinds import MessageKind
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from bot.twilio.error_codes import ErrorClass
from tests.integration.delivery_stage import HASTE, Pool, Stage, User, set_stage, wait_until

pytestmark = pytest.mark.anyio

# The waits are over when a test says so.
WAITS: Mapping[ErrorClass, RetryDelays] = MappingProxyType(
    {verdict: RetryDelays(first=600, longest=600, attempts=5) for verdict in ErrorClass}
)
PATIENT = replace(HASTE, backoffs=WAITS)
PASSING = [20429, 63018, 63010]


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def run(stage: Stage, statement: str, *values: object) -> list[tuple[object, ...]]:
    async with stage.pool.connection() as connection:
        cursor = await connection.execute(statement.encode(), values)
        return await cursor.fetchall() if cursor.description else []


async def tell(
    stage: Stage, user: User, *texts: str, kind: MessageKind = MessageKind.REPLY
) -> None:
    async with stage.pool.connection() as connection:
        for text in texts:
            await outbox.enqueue(
                connection,
                user_id=user.user_id,
                request_id=user.request_id,
                kind=kind,
                body=text,
                dedupe_key=f"{user.user_id}:{text[:20]}",
            )


async def send(stage: Stage, user: User) -> None:
    await deliver_pending(stage.services, user.user_id, policy=PATIENT)


async def let_time_pass(stage: Stage, user: User) -> None:
    await run(stage, "UPDATE outbox SET not_before = now() WHERE not_before > now()")
    for (outbox_id,) in await run(
        stage, "SELECT args ->> 'outbox_id' FROM procrastinate_jobs WHERE task_name = 'wake_sender'"
    ):
        async with stage.pool.connection() as connection:
            await outbox.wake_sender(connection, int(str(outbox_id)))
    await send(stage, user)


async def refuse_twice(
    stage: Stage, user: User, text: str, *, code: int = 20429, kind: MessageKind = MessageKind.REPLY
) -> None:
    stage.fail(TwilioFault(code=code, containing=text[:20], times=2))
    await tell(stage, user, text, kind=kind)
    await send(stage, user)
    await let_time_pass(stage, user)


@pytest.mark.parametrize("code", PASSING)
async def test_what_was_refused_twice_lets_others_pass_and_comes_after_them(
    stage: Stage, code: int
) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "your link", code=code, kind=MessageKind.PUBLISHED)
    await tell(stage, user, "status", "help")
    await send(stage, user)
    assert stage.texts(user) == ["status", "help"]

    await let_time_pass(stage, user)

    assert stage.texts(user) == ["status", "help", "your link"]
    link, *_ = await stage.end(user)
    assert (link["attempts"], link["is_owed"], link["error_code"]) == (3, False, None)


async def test_the_job_that_comes_back_for_it_is_in_nobodys_way(stage: Stage) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "your link")
    await run(stage, "DELETE FROM procrastinate_jobs WHERE task_name = 'deliver'")

    ((lock, args, is_then),) = await run(
        stage,
        "SELECT lock, args, scheduled_at = not_before FROM procrastinate_jobs, outbox"
        " WHERE task_name = 'wake_sender'",
    )
    (row,) = await stage.rows(user)
    assert (lock, args, is_then) == (f"message:{row['id']}", {"outbox_id": row["id"]}, True)
    async with stage.pool.connection() as connection:
        await outbox.wake_sender(connection, int(str(row["id"])))  # too early
        assert await run(stage, "SELECT FROM procrastinate_jobs WHERE task_name = 'deliver'") == []


async def test_what_was_refused_once_keeps_its_place(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(code=20429, containing="one"))
    await tell(stage, user, "one", "two")
    await send(stage, user)
    assert stage.texts(user) == []

    await let_time_pass(stage, user)

    assert stage.texts(user) == ["one", "two"]


async def test_what_is_tried_again_in_a_moment_keeps_its_place(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(code=20429, containing="one", times=4))
    await tell(stage, user, "one", "two")

    await stage.deliver(user)

    assert stage.texts(user) == ["one", "two"]


async def test_parts_of_a_message_stay_in_order_and_together(stage: Stage) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "A sentence with seven words in it. " * 100)
    await tell(stage, user, "status")
    await send(stage, user)
    assert stage.texts(user) == ["status"]

    await let_time_pass(stage, user)

    assert [text[:6] for text in stage.texts(user)] == ["status", "(1/3) ", "(2/3) ", "(3/3) "]


async def test_parts_stay_together_also_when_twilio_reports_the_first_as_too_much(
    stage: Stage,
) -> None:
    user = await stage.user()
    stage.fail(
        TwilioFault(when="delivery", code=63018, outcome="failed", containing="(1/3)", times=2)
    )
    await tell(stage, user, "A sentence with seven words in it. " * 100)
    await send(stage, user)
    for _ in range(2):
        await let_time_pass(stage, user)

    sent = [text[:5] for text in stage.texts(user)]
    assert sent == ["(1/3)", "(1/3)", "(1/3)", "(2/3)", "(3/3)"]


async def test_a_halt_of_our_account_holds_all(stage: Stage) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "your link")
    stage.fail(TwilioFault(code=20003))
    await tell(stage, user, "status", "help")

    await send(stage, user)
    await let_time_pass(stage, user)

    assert stage.texts(user) == []
    assert await stage.states(user) == ["queued"] * 3


async def test_a_sender_that_is_not_ours_holds_all(stage: Stage) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "your link", code=63007)
    await tell(stage, user, "status")

    await send(stage, user)

    assert stage.texts(user) == []


async def test_who_writes_gets_it_before_the_answer(stage: Stage) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "your link", kind=MessageKind.PUBLISHED)
    await went_on(stage, user)
    await tell(stage, user, "status")

    await send(stage, user)

    assert stage.texts(user) == ["your link", "status"]


async def went_on(stage: Stage, user: User) -> None:
    """Let the user's next message have been read."""
    later = uuid4()
    await run(
        stage,
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length, accepted_at) SELECT %s, user_id, conversation_id, platform, trace_id,"
        " span_id, 5, accepted_at + interval '1 h' FROM request WHERE request_id = %s",
        later,
        user.request_id,
    )
    await run(stage, "UPDATE request SET request_type = 'talk' WHERE request_id = %s", later)


@pytest.mark.parametrize(
    "kind", [MessageKind.BUILT, MessageKind.PROGRESS, MessageKind.DELAYED, MessageKind.HANDED_OVER]
)
async def test_news_that_later_news_has_overtaken_is_not_sent(
    stage: Stage, kind: MessageKind
) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "half done", kind=kind)
    await tell(stage, user, "your link", kind=MessageKind.PUBLISHED)
    await send(stage, user)
    await let_time_pass(stage, user)

    assert stage.texts(user) == ["your link"]
    assert (await stage.states(user))[0] == "suppressed"


@pytest.mark.parametrize("has_ended", [False, True])
async def test_what_will_be_done_is_told_until_it_is_done(stage: Stage, has_ended: bool) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "I'll text you", kind=MessageKind.UNDERSTOOD)
    await tell(stage, user, "half done", kind=MessageKind.PROGRESS)
    await send(stage, user)
    if has_ended:
        await run(stage, "UPDATE request SET work_ended_at = now(), status = 'completed'")
    await let_time_pass(stage, user)

    assert stage.texts(user) == ["half done", *([] if has_ended else ["I'll text you"])]


@pytest.mark.parametrize("kind", [MessageKind.FORGET_ASKED, MessageKind.CLEAR_ASKED])
async def test_who_went_on_is_asked_no_old_question(stage: Stage, kind: MessageKind) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "Shall I?", kind=kind)
    await went_on(stage, user)
    await send(stage, user)

    assert await stage.states(user) == ["suppressed"]


@pytest.mark.parametrize("has_started_again", [False, True])
async def test_an_opt_out_is_confirmed_as_long_as_it_holds(
    stage: Stage, has_started_again: bool
) -> None:
    user = await stage.user()
    await run(stage, "SELECT suppress_contact(%s, 'opted_out')", user.user_id)
    await refuse_twice(stage, user, "No more messages", kind=MessageKind.OPTED_OUT)
    if has_started_again:
        await run(stage, "UPDATE contact SET suppressed_at = NULL, suppressed_reason = NULL")
    await let_time_pass(stage, user)

    assert stage.texts(user) == ([] if has_started_again else ["No more messages"])


async def test_what_is_withdrawn_while_it_waits_is_not_sent(stage: Stage) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "Which colour?", kind=MessageKind.QUESTION)
    async with stage.pool.connection() as connection:
        await outbox.withdraw(connection, user.user_id, [user.request_id])
    await tell(stage, user, "Stopped.", kind=MessageKind.STOPPED)
    await send(stage, user)
    await let_time_pass(stage, user)

    assert stage.texts(user) == ["Stopped."]


@pytest.mark.parametrize(("minutes", "texts"), [(1, ["an answer"]), (11, [])])
async def test_an_answer_that_never_left_comes_for_a_while(
    stage: Stage, minutes: int, texts: list[str]
) -> None:
    user = await stage.user()
    await refuse_twice(stage, user, "an answer")
    await went_on(stage, user)
    await run(stage, "UPDATE outbox SET created_at = created_at - %s * interval '1 min'", minutes)
    await send(stage, user)

    assert stage.texts(user) == texts


async def test_a_message_whose_first_part_is_out_is_told_to_its_end(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(code=20429, containing="(2/3)", times=2))
    await tell(stage, user, "A sentence with seven words in it. " * 100, kind=MessageKind.BUILT)
    await send(stage, user)
    await let_time_pass(stage, user)
    await tell(stage, user, "your link", kind=MessageKind.PUBLISHED)
    await send(stage, user)
    await let_time_pass(stage, user)

    assert [text[:6] for text in stage.texts(user)] == ["(1/3) ", "your l", "(2/3) ", "(3/3) "]


async def test_what_twilio_reports_twice_as_too_much_lets_others_pass(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", code=63018, containing="one", times=2))
    await tell(stage, user, "one")
    await send(stage, user)
    for attempts in (1, 2):
        await wait_until(partial(is_refused, stage, user, attempts))
        await run(stage, "UPDATE outbox SET not_before = now() + interval '5 min'")
        if attempts == 1:
            await let_time_pass(stage, user)
    await tell(stage, user, "two")
    await send(stage, user)
    assert stage.texts(user) == ["one", "one", "two"]

    await let_time_pass(stage, user)

    assert stage.texts(user) == ["one", "one", "two", "one"]


async def is_refused(stage: Stage, user: User, attempts: int) -> bool:
    (row,) = await stage.rows(user)
    return (row["state"], row["attempts"]) == ("queued", attempts)
