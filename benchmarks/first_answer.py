"""How long users wait for the first answer, alone and when 200 ask within four seconds.

    python -m benchmarks.first_answer [--users 200] [--seconds 4]

Conversations and builds have a worker each, and the model answers at once. From the webhook to the
moment at which Twilio has the first message: what will be built. Wanted: alone at most 100 ms
beyond what the model's calls took; of many p50 <= 700 ms and p99 <= 3 s.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from benchmarks.bounds import Bounds
from benchmarks.ground import ask_for_app, own_server, prepared_stack
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.stack import WORKER_COMMAND, Stack, eventually

LIMIT = 600.0  # seconds
ALONE = 10
WANTED_BEYOND_MODEL, WANTED_HALF, WANTED_P99 = 0.1, 0.7, 3.0  # seconds

HEADERS = {
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
    "x-api-key": "a key",
}
WAITS = """
SELECT extract(epoch FROM min(sent_at) - accepted_at)::float AS seconds
FROM request JOIN outbox USING (request_id)
WHERE accepted_at >= %(began)s AND sent_at IS NOT NULL
GROUP BY request_id, accepted_at
"""
OPEN = "SELECT count(*) AS open FROM request WHERE closed_at IS NULL"


def wait_of(stack: Stack, phones: list[Phone], seconds: float) -> list[float]:
    """The seconds to the first answer of each user, the shortest first."""
    began = stack.rows("SELECT now() AS moment")[0]["moment"]
    with ThreadPoolExecutor(min(len(phones), 16)) as pool:
        for number, phone in enumerate(phones):
            pool.submit(_ask, phone, time.monotonic() + seconds * number / len(phones))
    rows = eventually(
        lambda: _all(stack.rows(WAITS, {"began": began}), len(phones)),
        "everybody has an answer",
        seconds=LIMIT,
    )
    return sorted(row["seconds"] for row in rows)


def _all(rows: list[dict[str, float]], users: int) -> list[dict[str, float]]:
    return rows if len(rows) == users else []


def wait_of_one(stack: Stack) -> float:
    """The seconds to the first answer of a user whom nobody else's build keeps waiting."""
    eventually(lambda: not stack.rows(OPEN)[0]["open"], "nothing is being built", seconds=LIMIT)
    return wait_of(stack, [stack.phone()], 0.0)[0]


def model_alone(stack: Stack) -> float:
    """The seconds that the two calls before a first answer take by themselves."""
    bodies = [
        next(call.body for call in stack.claude.journal.answered() if call.role == role)
        for role in ("router", "orchestrator")
    ]
    began = time.perf_counter()
    for body in bodies:
        asked = Request(f"{stack.claude.url}/v1/messages", body, HEADERS, method="POST")
        with urlopen(asked) as answer:
            answer.read()
    return time.perf_counter() - began


def _ask(phone: Phone, at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))
    ask_for_app(phone)


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--users", type=int, default=200)
    arguments.add_argument("--seconds", type=float, default=4.0)
    given = arguments.parse_args()
    bounds = Bounds()
    with own_server() as server, prepared_stack(server) as stack:
        stack.start_web()
        for kind in ("conversations", "builds"):
            stack.disturb().start(kind, [*WORKER_COMMAND, "--only", kind])
        stack.await_worker()
        wait_of_one(stack)  # what is imported with the first one
        alone = sorted(wait_of_one(stack) for _ in range(ALONE))
        half = alone[len(alone) // 2] - model_alone(stack)
        kept = _said(bounds, half, WANTED_BEYOND_MODEL)
        print(f"alone, beyond the model: p50 {1000 * half:6.0f} ms  {kept}")
        phones = [stack.phone() for _ in range(given.users)]
        many = wait_of(stack, phones, given.seconds)
        half, most = many[len(many) // 2], many[int(len(many) * 0.99) - 1]
        print(
            f"{given.users} users in {given.seconds:g} s:"
            f" p50 {half:6.2f} s  {_said(bounds, half, WANTED_HALF)}"
            f"  p99 {most:6.2f} s  {_said(bounds, most, WANTED_P99)}"
        )
    bounds.end()


def _said(bounds: Bounds, seconds: float, wanted: float) -> str:
    return f"({bounds.at_most(seconds, wanted)}: {wanted:g} s)"


if __name__ == "__main__":
    main()
