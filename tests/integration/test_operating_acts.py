"""Messages that operators send again, and pauses, where something else happens just then."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.delivery import attempts, outbox
from bot.errors import ActRefused
from bot.operating import pausing, requests, resending
from bot.operating.audit import Operator
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from tests.integration.delivery_stage import HASTE, Pool, Stage, User, set_stage, wait_until
from tests.integration.operated_builds import KIM, LOU, building, count

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def lost(stage: Stage, code: int = 63024) -> tuple[User, int]:
    """A user, and a message to them that Twilio took in and could not deliver for good."""
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", code=code, to=user.address))
    await stage.say(user, "Hello")
    await stage.deliver(user)

    async def has_failed() -> bool:
        return await stage.states(user) == ["failed"]

    await wait_until(has_failed)
    (message,) = await stage.rows(user)
    return user, int(str(message["id"]))


async def resend(stage: Stage, message_id: int, by: Operator = KIM) -> str:
    """Why it was not sent again; empty if it was queued."""
    async with stage.pool.connection() as connection:
        try:
            await resending.resend(connection, message_id, by)
        except ActRefused as error:
            return str(error)
    return ""


async def test_of_two_operators_at_once_one_sends_a_lost_message_again(stage: Stage) -> None:
    user, message_id = await lost(stage)

    said = await asyncio.gather(resend(stage, message_id), resend(stage, message_id, LOU))
    await stage.deliver(user)

    assert sorted(said) == ["", "It is on its way already."]
    (message,) = await stage.end(user)
    assert (message["state"], stage.texts(user)) == ("read", ["Hello", "Hello"])
    assert await resend(stage, message_id) == "It was delivered, and read."
    assert await count(stage, "audit WHERE action = 'resend'") == 1
    assert await count(stage, "former_sid WHERE error_code = 63024") == 1, "why it was sent again"


async def test_a_message_is_not_sent_again_whose_first_attempt_arrives_after_all(
    stage: Stage,
) -> None:
    user, message_id = await lost(stage)
    (first,) = await stage.rows(user)

    assert await resend(stage, message_id) == ""
    async with stage.pool.connection() as connection:
        await connection.execute("SELECT note_late_arrival(%s, 'read')", [first["provider_sid"]])
    await stage.deliver(user)

    assert (await stage.states(user), stage.texts(user)) == (["read"], ["Hello"])


async def test_one_that_nobody_knows_the_fate_of_is_looked_for_first(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="after", drop=True, to=user.address))
    await stage.say(user, "Hello")
    async with stage.pool.connection() as connection:
        message = await outbox.find_next(
            connection, user.user_id, confirmation=1, pair_interval=0, has_template=False
        )
    assert message is not None
    await stage.deliver(user)
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox SET state = 'failed', provider_sid = NULL, attempts = 1"
        )

    assert await resend(stage, message.id) == ""
    await stage.deliver(user)

    assert stage.texts(user) == ["Hello"]


UNHEARD = {
    "opted_out": "Its user wants no messages.",
    "blocked": "No message reaches its user: they have blocked us, as Twilio says.",
    "moved": "No message reaches its user: their number is somebody else's by now.",
}


@pytest.mark.parametrize(("reason", "why"), UNHEARD.items())
async def test_what_reaches_its_user_no_more_is_not_sent_again(
    stage: Stage, reason: str, why: str
) -> None:
    user, message_id = await lost(stage)
    async with stage.pool.connection() as connection:
        await connection.execute("SELECT suppress_contact(%s, %s)", [user.user_id, reason])

    assert await resend(stage, message_id) == why


@pytest.mark.parametrize("reason", ["blocked", "moved"])
async def test_a_goodbye_is_sent_again_to_who_has_blocked_us_and_not_to_another_ones_number(
    stage: Stage, reason: str
) -> None:
    user, message_id = await lost(stage)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET kind = 'forgotten'")
        await connection.execute("SELECT suppress_contact(%s, %s)", [user.user_id, reason])

    assert await resend(stage, message_id) == (UNHEARD[reason] if reason == "moved" else "")


@pytest.mark.parametrize(("reason", "why"), UNHEARD.items())
async def test_nothing_goes_on_of_whom_no_message_reaches(
    stage: Stage, reason: str, why: str
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await requests.cancel(connection, user.request_id, KIM)
        await connection.execute("SELECT suppress_contact(%s, %s)", [user.user_id, reason])
        with pytest.raises(ActRefused, match=why):
            await requests.retry(connection, user.request_id, KIM, stage.settings.retention)


async def test_beyond_the_24_hours_it_waits_until_its_user_writes(stage: Stage) -> None:
    user, message_id = await lost(stage)
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE contact SET window_closed_at = now() WHERE user_id = %s", [user.user_id]
        )

    assert await resend(stage, message_id) == ""
    await stage.deliver(user)

    assert (await stage.states(user), stage.texts(user)) == (["waiting_for_window"], ["Hello"])
    assert (await resend(stage, message_id)).startswith("It goes out as soon as its user writes")


async def test_a_pause_stops_also_the_sender_that_had_looked_before(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "Hello")
    async with stage.pool.connection() as connection:
        message = await outbox.find_next(
            connection, user.user_id, confirmation=1, pair_interval=0, has_template=False
        )
        assert message is not None
        await pausing.pause(connection, "sending", KIM)
        assert await attempts.claim(connection, message) is None
    assert stage.texts(user) == []
    async with stage.pool.connection() as connection:
        await pausing.resume(connection, "sending", KIM)
    await stage.deliver(user, HASTE)
    assert stage.texts(user) == ["Hello"]
