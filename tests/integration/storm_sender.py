"""A sender that serves everyone until it is killed: settings as JSON."""

import asyncio
import json
import sys
from dataclasses import replace

from bot.database.connection import database_url
from bot.database.pools import async_connection_pool
from bot.delivery.retry_policy import RetryDelays
from bot.delivery.sender import deliver_pending
from bot.model.client import ModelClient
from bot.services import Services
from bot.settings.groups import Settings, settings_from
from bot.twilio.client import TwilioGateway
from bot.twilio.error_codes import ErrorClass
from tests.integration.delivery_stage import HASTE

AT_ONCE = 12
# A request of a killed sender may still be read by a busy stand-in for a while, and a sender that
# was frozen after its claim must not send what the other one has taken over.
STORM = replace(
    HASTE,
    claim_timeout=1.0,
    attempt_timeout=8.0,
    confirmation_timeout=0.5,
    backoffs={verdict: RetryDelays(first=0.1, longest=0.5, attempts=50) for verdict in ErrorClass},
)
WAITING = "SELECT DISTINCT user_id FROM outbox WHERE state IN ('queued', 'sending', 'uncertain')"


async def serve(settings: Settings) -> None:
    """Deliver to all who wait, again and again."""
    twilio = TwilioGateway(settings.twilio, settings.web)
    async with async_connection_pool(database_url(settings), max_size=AT_ONCE) as pool:
        services = Services(
            settings=settings, pool=pool, model=ModelClient(settings.model), twilio=twilio
        )
        turns = asyncio.Semaphore(AT_ONCE)

        async def deliver(user_id: str) -> None:
            async with turns:
                await deliver_pending(services, user_id, policy=STORM)

        while True:
            async with pool.connection() as connection:
                cursor = await connection.execute(WAITING)
                users = [user_id for (user_id,) in await cursor.fetchall()]
            await asyncio.gather(*map(deliver, users))
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(serve(settings_from(json.loads(sys.argv[1]))))
