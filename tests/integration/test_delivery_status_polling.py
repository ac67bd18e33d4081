"""Twilio is asked what became of a message of which no callback has told."""

from collections.abc import AsyncIterator

import pytest

from bot.delivery.status_polling import ask_after_sent
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from bot.twilio.client import KnownStatus, TwilioGateway
from tests.integration.delivery_stage import Pool, Stage, set_stage, wait_until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


@pytest.mark.lengthy
async def test_no_connection_is_held_while_twilio_is_asked_what_became_of_a_message(
    stage: Stage,
) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", callbacks="none"))
    await stage.say(user, "one")
    await stage.deliver(user)

    async def is_read_at_twilio() -> bool:
        return [message.status for message in stage.received(user)] == ["read"]

    await wait_until(is_read_at_twilio)
    twilio = PatientTwilio(stage)

    assert await ask_after_sent(stage.pool, twilio, after=0) == 1
    assert await stage.states(user) == ["read"]
    assert twilio.has_answered
    twilio.close()


@pytest.mark.lengthy
@pytest.mark.parametrize("answered", [True, False])
async def test_a_message_of_before_a_long_outage_is_asked_about_until_twilio_answers_once(
    stage: Stage, answered: bool
) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", callbacks="none"))
    if not answered:
        stage.fail(TwilioFault(operation="fetch", status=503))
    await stage.say(user, "here is your app")
    await stage.deliver(user)

    async def is_read_at_twilio() -> bool:
        return [message.status for message in stage.received(user)] == ["read"]

    await wait_until(is_read_at_twilio)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET sent_at = now() - interval '3 days'")

    assert await ask_after_sent(stage.pool, stage.services.twilio) == answered
    assert await ask_after_sent(stage.pool, stage.services.twilio) == (not answered)
    assert await stage.states(user) == ["read"]


@pytest.mark.lengthy
async def test_a_failure_that_is_heard_by_asking_is_told_to_operators_like_any_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", code=63024, callbacks="none"))
    await stage.say(user, "here is your app")
    await stage.deliver(user)

    async def has_failed_at_twilio() -> bool:
        return [message.status for message in stage.received(user)] == ["undelivered"]

    await wait_until(has_failed_at_twilio)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET sent_at = now() - interval '3 days'")

    assert await ask_after_sent(stage.pool, stage.services.twilio) == 1
    assert await stage.states(user) == ["failed"]
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [one for one in told if one.startswith("a message was not delivered: ")]


@pytest.mark.lengthy
async def test_a_phone_that_is_off_for_long_is_asked_about_once_more_and_not_for_ever(
    stage: Stage,
) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    await stage.deliver(user)
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox SET state = 'sent', provider_status = 'read',"
            " sent_at = now() - interval '3 days'"
        )
    twilio = CountingTwilio(stage.settings.twilio, stage.settings.web)

    assert await ask_after_sent(stage.pool, twilio) == 0
    assert await ask_after_sent(stage.pool, twilio) == 0
    assert twilio.asked == 1
    twilio.close()


class CountingTwilio(TwilioGateway):
    """Counts how often it is asked what became of a message."""

    asked = 0

    async def fetch_status(self, sid: str) -> KnownStatus | None:
        self.asked += 1
        return await super().fetch_status(sid)


class PatientTwilio(TwilioGateway):
    """Answers what became of a message once all connections are back in the pool."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.settings.twilio, stage.settings.web)
        self._pool = stage.pool
        self.has_answered = False

    async def fetch_status(self, sid: str) -> KnownStatus | None:
        await wait_until(self._are_all_back)
        self.has_answered = True
        return await super().fetch_status(sid)

    async def _are_all_back(self) -> bool:
        stats = self._pool.get_stats()
        return stats["pool_available"] == stats["pool_size"]
