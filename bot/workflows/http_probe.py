"""Whether a link can be opened from here."""

import httpx2

TIMEOUT = 10.0  # seconds


async def is_reachable(url: str) -> bool:
    """Whether what the link leads to answers with a success."""
    async with httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=True) as client:
        try:
            return (await client.get(url)).is_success
        except httpx2.HTTPError:
            return False
