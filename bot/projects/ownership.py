"""Work that ends at once when its build is stopped or taken over by another worker."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.errors import OwnershipLost
from bot.projects.builds import Claim

T = TypeVar("T")

WATCH_INTERVAL = 1.0  # seconds between two looks at the build's row


async def while_owner(claim: Claim, work: Coroutine[Any, Any, T]) -> T:
    """Await `work`; cancel it and raise `OwnershipLost` when the claim is lost meanwhile.

    Cancelling a model call closes its connection, so a stopped build stops costing money.
    """
    if await claim.is_lost():  # so that nothing is begun that is over already
        work.close()
        raise OwnershipLost
    working = asyncio.ensure_future(work)
    watching = asyncio.create_task(_until_lost(claim))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        watching.result()
        raise OwnershipLost
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _until_lost(claim: Claim) -> None:
    while not await claim.is_lost():  # noqa: ASYNC110  # another process takes it, by the database
        await asyncio.sleep(WATCH_INTERVAL)
