"""Whether a link can be opened from here."""

import asyncio
from urllib.error import URLError
from urllib.request import urlopen

TIMEOUT = 10.0  # seconds


async def answers(url: str) -> bool:
    """Whether what the link leads to answers with a success."""
    return await asyncio.to_thread(_answers, url)


def _answers(url: str) -> bool:
    try:
        urlopen(url, timeout=TIMEOUT).close()
    except (URLError, OSError):
        return False
    return True
