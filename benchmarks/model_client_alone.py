"""The Anthropic client by itself: `python -m benchmarks.model_client_alone URL FILE ROUNDS`.

FILE has a request of `messages` in each line; each is streamed to its end, in order. Prints the CPU
seconds of one call, without the first round, in which modules are imported.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from anthropic import AsyncAnthropic


async def ask_all(client: AsyncAnthropic, requests: list[dict[str, Any]]) -> None:
    for request in requests:
        async with client.messages.stream(**request) as stream:
            await stream.get_final_message()


async def measure(url: str, requests: list[dict[str, Any]], rounds: int) -> float:
    """CPU seconds of a call."""
    async with AsyncAnthropic(base_url=url, api_key="a key", max_retries=0) as client:
        await ask_all(client, requests)
        began = time.process_time()
        for _ in range(rounds):
            await ask_all(client, requests)
        return (time.process_time() - began) / (rounds * len(requests))


def main() -> None:
    url, file, rounds = sys.argv[1:]
    requests = [json.loads(line) for line in Path(file).read_text().splitlines()]
    for request in requests:
        request.pop("stream")
    print(asyncio.run(measure(url, requests, int(rounds))))


if __name__ == "__main__":
    main()
