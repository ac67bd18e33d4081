"""Callbacks that are lost, doubled, early or bad news: what they tell is true of each message."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

import pytest

from bot.delivery.sender import deliver_pending
from bot.delivery.status_polling import ask_after_sent
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from tests.integration.delivery_stage import (
    HASTE,
    Pool,
    Stage,
    set_stage,
    wait_until,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


@pytest.mark.lengthy
@pytest.mark.parametrize("callbacks", ["reversed", "doubled", "none"])
async def test_odd_callbacks_change_neither_order_nor_number(stage: Stage, callbacks: str) -> None:
    user = await stage.user()
    await stage.say(user, "one", "two")
    stage.fail(TwilioFault.model_validate({"when": "delivery", "callbacks": callbacks, "times": 2}))

    unconfirmed = replace(HASTE, confirmation_timeout=1.0)
    await stage.deliver(user, unconfirmed if callbacks == "none" else HASTE)

    assert stage.texts(user) == ["one", "two"]
    if callbacks == "none":
        assert await stage.states(user) == ["sent", "sent"]
    else:
        assert [row["state"] for row in await stage.end(user)] == ["read"] * 2


async def test_callbacks_that_overtake_the_answer_are_not_lost(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(when="after", hang_seconds=0.5))

    await stage.deliver(user)

    (row,) = await stage.end(user)
    assert row["state"] == "read"
    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM early_status")
        assert await cursor.fetchone() == (0,)


async def test_a_failure_that_is_reported_later_is_visible(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(TwilioFault(when="delivery", code=63024))

    await stage.deliver(user)

    (failed,) = await stage.end(user)
    assert (failed["state"], failed["error_code"]) == ("failed", 63024)
    assert failed["error_message"] == "the recipient's address is not valid"


@pytest.mark.parametrize("callbacks", ["in_order", "none"])
async def test_what_failed_before_it_was_found_at_twilio_is_sent_again(
    stage: Stage, callbacks: Literal["in_order", "none"]
) -> None:
    user = await stage.user()
    await stage.say(user, "one")
    stage.fail(
        TwilioFault(when="after", drop=True),
        TwilioFault(when="delivery", code=63018, callbacks=callbacks),
    )
    await deliver_pending(stage.services, user.user_id, policy=HASTE)

    async def has_failed() -> bool:
        return [m.status for m in stage.received(user)] == ["undelivered"]

    async def is_told() -> bool:
        async with stage.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT FROM early_status WHERE status = 'undelivered'"
            )
            return await cursor.fetchone() is not None

    await wait_until(has_failed if callbacks == "none" else is_told)
    await stage.deliver(user)
    if callbacks == "none":
        assert await stage.states(user) == ["sent"]
        assert await ask_after_sent(stage.pool, stage.services.twilio, after=0) == 1
        await stage.deliver(user)

    (row,) = await stage.end(user)
    assert (row["state"], row["attempts"]) == ("read", 2)
    assert [m.error_code for m in stage.received(user)] == [63018, None]
