"""Makes many spans with a record store and prints how much memory the process takes meanwhile."""

import sys

import psutil

import telemetry
from telemetry import spans
from telemetry.store import RecordStore

STEPS = 5


def main() -> None:
    url, count = sys.argv[1], int(sys.argv[2])
    store = RecordStore(lambda: url)
    telemetry.configure(
        service_role="bench",
        environment="development",
        version="0",
        logfire_token=None,
        sends=True,
        span_processors=[store.span_processor],
    )
    process = psutil.Process()
    for step in range(1, STEPS + 1):
        for _ in range(count // STEPS):
            with spans.trace_token_usage(agent_type="frontend", operation_name="send_message"):
                pass
        store.flush(30)
        megabytes = process.memory_info().rss / 2**20
        print(f"    after {step * count // STEPS:7} spans {megabytes:6.1f} MB, {store.lost} lost")


if __name__ == "__main__":
    main()
