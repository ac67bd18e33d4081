"""Every message arrives once, or is visibly failed, however Twilio answers or does not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

import pytest
from cryptography.fernet import Fernet

from bot.delivery.retry_policy import RetryDelays
from bot.delivery.sender import deliver_pending
from bot.sandbox.twilio.faults import TwilioFault
from bot.services import Services
from bot.settings.groups import Settings
from bot.twilio import client
from bot.twilio.client import TwilioGateway
from bot.twilio.error_codes import ErrorClass
from tests.integration.delivery_stage import (
    HASTE,
    Pool,
    Stage,
    set_stage,
    wait_until,
)
from tests.settings import changed

pytestmark = pytest.mark.anyio

# Whoever is refused once waits for longer than any test takes.
UNHURRIED = replace(
    HASTE,
    backoffs={verdict: RetryDelays(first=600, longest=600, attempts=5) for verdict in ErrorClass},
)


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


@pytest.mark.parametrize(
    "fault",
    [
        TwilioFault(code=20429, times=2),
        TwilioFault(status=503, times=2),
        TwilioFault(drop=True),
        TwilioFault(when="after", status=500),
        TwilioFault(when="after", drop=True),
        TwilioFault(when="after", hang_seconds=0.5),
    ],
    ids=lambda fault: f"{fault.when}-{fault.http_status or ('drop' if fault.drop else 'hang')}",
)
async def test_a_failing_twilio_gets_each_message_once(stage: Stage, fault: TwilioFault) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two", "three")
    stage.fail(fault)

    await stage.deliver(user)

    assert stage.texts(user) == ["one", "two", "three"]
    assert [row["state"] for row in await stage.end(user)] == ["read"] * 3


@pytest.mark.lengthy
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_timeout_is_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, when: Literal["before", "after"]
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    impatient = TwilioGateway(stage.settings.twilio, stage.settings.web)
    # Many times as long as it takes Twilio to take it in.
    policy = replace(HASTE, attempt_timeout=6.0)
    stage.fail(TwilioFault(when=when, hang_seconds=1.0 if when == "before" else 60.0))
    user = await stage.user()
    await stage.say(user, "one", "two")

    services = replace(stage.services, twilio=impatient)
    await deliver_pending(services, user.user_id, policy=policy)
    (doubtful, _) = await stage.rows(user)
    assert doubtful["error_message"] == "no answer: ReadTimeout"

    async def twilio_has_it() -> bool:
        return stage.texts(user) == ["one"]

    await wait_until(twilio_has_it)
    await stage.deliver(user, policy)

    assert stage.texts(user) == ["one", "two"]
    assert [row["attempts"] for row in await stage.end(user)] == [1, 1]
    impatient.close()


async def test_the_same_text_twice_arrives_twice_also_when_the_second_is_doubtful(
    stage: Stage,
) -> None:
    user = await stage.user()
    await stage.say(user, "Noted.")
    await stage.deliver(user)
    stage.fail(TwilioFault(status=503))
    await stage.say(user, "Noted.")

    await stage.deliver(user)

    assert stage.texts(user) == ["Noted.", "Noted."]


async def test_twilio_may_not_even_tell_what_it_got(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(
        TwilioFault(when="after", drop=True), TwilioFault(operation="list", status=500, times=2)
    )

    await stage.deliver(user)

    assert stage.texts(user) == ["one"]


async def test_a_message_that_cannot_get_through_fails_and_the_next_ones_go_on(
    stage: Stage,
) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault(code=63003))

    await stage.deliver(user)

    assert stage.texts(user) == ["two"]
    failed, read = await stage.end(user)
    assert (failed["state"], failed["error_code"]) == ("failed", 63003)
    assert failed["error_message"] == "the recipient has no such address"
    assert read["state"] == "read"


async def test_attempts_end(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault(code=20429, times=5))

    await stage.deliver(user)

    failed, _ = await stage.end(user)
    assert (failed["state"], failed["error_code"], failed["attempts"]) == ("failed", 20429, 5)
    assert stage.texts(user) == ["two"]


@pytest.mark.lengthy
async def test_unanswered_attempts_end(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(status=500, times=100))

    await stage.deliver(user)

    (failed,) = await stage.rows(user)
    assert (failed["state"], failed["attempts"]) == ("failed", 5)


async def test_an_unreachable_twilio_is_tried_again_later(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    away = changed(stage.settings, TWILIO_BASE_URL="http://127.0.0.1:9")
    nowhere = TwilioGateway(away.twilio, away.web)
    services = Services(
        settings=stage.settings, pool=stage.pool, model=stage.services.model, twilio=nowhere
    )

    await deliver_pending(services, user.user_id, policy=HASTE)
    nowhere.close()

    (waiting,) = await stage.rows(user)
    assert (waiting["state"], waiting["error_message"]) == ("queued", "Twilio cannot be reached")
    await stage.deliver(user)
    assert stage.texts(user) == ["one"]


async def test_whoever_makes_a_message_wait_schedules_the_job_for_it(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(code=20429))

    await deliver_pending(stage.services, user.user_id, policy=UNHURRIED)

    async with stage.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT task_name, args ->> 'user_id', scheduled_at = not_before"
            " FROM procrastinate_jobs, outbox WHERE scheduled_at > now()"
        )
        assert await cursor.fetchall() == [("deliver", user.user_id, True)]


async def test_a_job_that_comes_early_leaves_the_waiting_message_alone(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(code=20429))
    await deliver_pending(stage.services, user.user_id, policy=UNHURRIED)

    await stage.say(user, "two")
    await deliver_pending(stage.services, user.user_id, policy=UNHURRIED)

    assert stage.texts(user) == []
    assert await stage.states(user) == ["queued", "queued"]


async def test_an_address_under_another_key_fails_visibly(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    other_key = changed(stage.settings, CONTACT_KEY=Fernet.generate_key().decode())
    stage.services = Services(
        settings=other_key,
        pool=stage.pool,
        model=stage.services.model,
        twilio=stage.services.twilio,
    )

    await stage.deliver(user)

    (failed,) = await stage.rows(user)
    assert (failed["state"], failed["error_message"]) == (
        "failed",
        "the address is under another CONTACT_KEY",
    )
