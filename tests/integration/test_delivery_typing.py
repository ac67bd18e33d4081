"""The dots stay for as long as an answer takes, and nobody waits for them."""

import asyncio
from contextlib import AsyncExitStack
from typing import cast

import pytest

from bot.delivery.typing_indicator import typing_shown
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from bot.twilio.client import TwilioGateway
from tests.integration.delivery_stage import Pool, set_stage

pytestmark = pytest.mark.anyio

MESSAGES = 64  # more than asyncio has threads


class Dots:
    """Twilio's typing indicator, which takes its time."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.again = asyncio.Event()

    async def show_typing(self, message_sid: str) -> None:
        self.shown.append(message_sid)
        if len(self.shown) == 3:
            self.again.set()


async def test_the_dots_are_shown_again_until_the_answer_is_there() -> None:
    dots = Dots()
    async with typing_shown(cast(TwilioGateway, dots), "SM1", every=0.01):
        await asyncio.wait_for(dots.again.wait(), 60)
    shown = len(dots.shown)
    await asyncio.sleep(0.05)

    assert set(dots.shown) == {"SM1"}
    assert len(dots.shown) == shown


async def test_dots_that_hang_keep_nothing_from_being_sent(settings: Settings, pool: Pool) -> None:
    async with set_stage(settings, pool) as stage, AsyncExitStack() as being_read:
        user = await stage.user()
        stage.fail(TwilioFault(operation="typing", hang_seconds=600, times=MESSAGES))
        for number in range(MESSAGES):
            sid = f"SM{number:032}"
            await being_read.enter_async_context(typing_shown(stage.services.twilio, sid))
        await stage.say(user, "one", "two")

        await stage.deliver(user)

        assert stage.texts(user) == ["one", "two"]
        assert [row["attempts"] for row in await stage.end(user)] == [1, 1]
