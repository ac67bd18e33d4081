"""Who cannot be reached, or does not want to be: busy lines, opt-outs, refused accounts."""

import logging
from collections.abc import AsyncIterator

import pytest

from bot.database.together import ask_together
from bot.delivery import circuit_breaker, outbox, recipients
from bot.delivery.sender import deliver_pending
from bot.messages.kinds import MessageKind
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from tests.integration.delivery_stage import (
    HASTE,
    Pool,
    Stage,
    User,
    reach,
    set_stage,
    wait_until,
    writes,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def contact(stage: Stage, user: User) -> tuple[bool, str | None, bool]:
    async with stage.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT suppressed_at IS NOT NULL, suppressed_reason, window_closed_at IS NOT NULL"
            " FROM contact WHERE user_id = %s",
            [user.user_id],
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


@pytest.mark.lengthy
@pytest.mark.parametrize("when", ["before", "delivery"])
async def test_late_busy_answers_are_sent_again(stage: Stage, when: str) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault.model_validate({"when": when, "code": 63018}))

    await reach(stage, user, "read", "read")

    first, _ = await stage.rows(user)
    assert first["attempts"] == 2
    assert [m.body for m in stage.received(user) if m.error_code is None].count("one") == 1


@pytest.mark.lengthy
async def test_a_late_failure_is_not_mistaken_for_the_next_attempt(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(
        TwilioFault(when="delivery", code=30001),
        TwilioFault(when="before", operation="fetch", code=1),
    )
    await deliver_pending(stage.services, user.user_id, policy=HASTE)

    async def is_queued_again() -> bool:
        return await stage.states(user) == ["queued"]

    await wait_until(is_queued_again)
    stage.fail(TwilioFault(status=503))
    await reach(stage, user, "read")

    assert [m.error_code for m in stage.received(user)] == [30001, None]


@pytest.mark.parametrize("when", ["before", "delivery"])
@pytest.mark.parametrize("code", [21610, 63014])
async def test_who_has_blocked_us_gets_nothing_more_until_they_write(
    stage: Stage, code: int, when: str
) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault.model_validate({"when": when, "code": code, "outcome": "failed"}))

    await reach(stage, user, "suppressed", "suppressed")
    await stage.say(user, "three")

    assert (await stage.states(user))[-1] == "suppressed"
    assert await contact(stage, user) == (True, "blocked", False)
    await writes(stage, user)
    assert await contact(stage, user) == (False, None, False)
    await stage.say(user, "four")
    await stage.deliver(user)
    assert stage.texts(user)[-1] == "four"


async def test_who_opted_out_gets_the_confirmation_and_nothing_more(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    async with stage.pool.connection() as connection, connection.transaction():
        await recipients.suppress_contact(connection, user.user_id, "opted_out")
        await outbox.enqueue(
            connection,
            user_id=user.user_id,
            request_id=user.request_id,
            kind=MessageKind.OPTED_OUT,
            body="You won't hear from me.",
        )
    await stage.say(user, "two")
    await writes(stage, user)

    await reach(stage, user, "suppressed", "read", "suppressed")

    assert stage.texts(user) == ["You won't hear from me."]
    async with stage.pool.connection() as connection:
        asked = recipients.asked_for_opt_out(user.user_id)
        assert await ask_together(connection, asked) == [[True]]
        assert await recipients.accept_contact(connection, user.user_id)
        assert await ask_together(connection, asked) == [[]]


async def test_refused_credentials_stop_all_senders_until_they_are_accepted(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    one, two = await stage.user(), await stage.user()
    await stage.say(one, "one")
    await stage.say(two, "two")
    stage.fail(TwilioFault(code=20003), TwilioFault(operation="list", code=20003))

    for user in (one, two, one):
        await deliver_pending(stage.services, user.user_id, policy=HASTE)

    assert await stage.states(one) + await stage.states(two) == ["queued", "queued"]
    alerts = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert ["Twilio does not accept our credentials" in alert.message for alert in alerts] == [True]
    async with stage.pool.connection() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")

    assert not await circuit_breaker.end_if_recovered(stage.pool, stage.services.twilio)
    assert await circuit_breaker.end_if_recovered(stage.pool, stage.services.twilio)
    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT args ->> 'user_id' FROM procrastinate_jobs")
        assert sorted(await cursor.fetchall()) == sorted([(one.user_id,), (two.user_id,)])
    await stage.deliver(one)
    await stage.deliver(two)
    assert stage.texts(one) + stage.texts(two) == ["one", "two"]
