"""The dots on the user's screen while their message is being answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.twilio.client import TwilioGateway

EVERY_SECONDS = 20.0  # WhatsApp shows them for 25 s


@asynccontextmanager
async def typing_shown(
    twilio: TwilioGateway, message_sid: str, *, every: float = EVERY_SECONDS
) -> AsyncIterator[None]:
    """Show that we are typing for as long as the body runs, which never waits for it."""
    keeping = asyncio.create_task(_keep_showing(twilio, message_sid, every))
    try:
        yield
    finally:
        keeping.cancel()


async def _keep_showing(twilio: TwilioGateway, message_sid: str, every: float) -> None:
    while True:
        await twilio.show_typing(message_sid)
        await asyncio.sleep(every)
