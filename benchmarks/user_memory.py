"""What is known of a user: how long it takes to compile what a model is to have in mind.

    python -m benchmarks.user_memory [--calls 200]

A user of long standing: 200 projects with 5 requests each, 5,000 messages, as many facts as are
kept, among 50 others like them. Wanted: p99 at most 50 ms.
"""

import argparse
import asyncio
import statistics
import time
from uuid import uuid4

from psycopg import AsyncConnection

from benchmarks.bounds import Bounds
from benchmarks.ground import fresh_database, own_server
from bot.memory.context import compile_memory
from bot.memory.facts import MOST
from bot.projects.projects import list_projects

WANTED_MS = 50.0
USERS, PROJECTS, REQUEST_TEXTS, MESSAGES = 50, 200, 5, 5_000
ADA = "0" * 32

FILL = f"""
INSERT INTO contact (user_id, platform, address_encrypted)
SELECT lpad(to_hex(n), 32, '0'), 'whatsapp', 'x' FROM generate_series(0, {USERS}) AS n;
INSERT INTO project (user_id, title, site_token)
SELECT user_id, 'App ' || n, user_id || n FROM contact, generate_series(1, {PROJECTS}) AS n
WHERE user_id = '{ADA}' OR n <= 20;
INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                     request_length)
SELECT gen_random_uuid(), user_id, gen_random_uuid(), 'whatsapp', 'x', 'x', 9
FROM contact, generate_series(1, {MESSAGES}) AS n WHERE user_id = '{ADA}' OR n <= 500;
INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,
                             fields_encrypted)
SELECT request_id::text, request_id, user_id, 'text', 'a message about ' || request_id, 'x'
FROM request;
INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body)
SELECT user_id, request_id, 'reply', request_id::text, 1, 1, repeat('an answer ', 30)
FROM request;
INSERT INTO build (request_id, project_id, user_id, request_text)
SELECT request_id, project_id, user_id, 'a page about topic' || n || ' with buttons and lists'
FROM (SELECT request_id, user_id, row_number() OVER (PARTITION BY user_id) AS n FROM request) AS r
JOIN (SELECT project_id, user_id, row_number() OVER (PARTITION BY user_id) AS p FROM project) AS q
USING (user_id) WHERE n BETWEEN (p - 1) * {REQUEST_TEXTS} + 1 AND p * {REQUEST_TEXTS};
INSERT INTO remembered (user_id, fact)
SELECT user_id, 'I like topic' || n || ' more than the others'
FROM contact, generate_series(1, {MOST}) AS n;
ANALYZE;
"""


async def measure(url: str, calls: int) -> list[float]:
    """Milliseconds of each compilation."""
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(FILL)
        times = []
        for number in range(calls):
            started = time.perf_counter()
            memory = await compile_memory(
                connection,
                user_id=ADA,
                request_id=uuid4(),
                message=f"another page with lists, like the one about topic{number}",
                projects=await list_projects(connection, ADA),
            )
            times.append((time.perf_counter() - started) * 1000)
            assert memory.user
            assert memory.projects
            assert memory.conversation
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    calls = parser.parse_args().calls
    with own_server() as server:
        times = asyncio.run(measure(fresh_database(server), calls))
    cuts = statistics.quantiles(times, n=100)
    bounds = Bounds()
    print(f"compiling memory, {calls} calls: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")
    print(f"{bounds.at_most(cuts[98], WANTED_MS)}: p99 at most {WANTED_MS:g} ms")
    bounds.end()


if __name__ == "__main__":
    main()
