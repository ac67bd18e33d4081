"""The dots stay for as long as an answer takes, and nobody waits for them."""

import asyncio
from typing import cast

import pytest

from bot.delivery.typing_indicator import typing_shown
from bot.twilio.client import TwilioGateway

pytestmark = pytest.mark.anyio


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
