"""The ids of a request's root."""

import random
import re
from datetime import UTC, datetime, timedelta

from telemetry.root import RootIds, mint_root


def test_a_minted_root_has_the_ids_of_a_trace_and_starts_now() -> None:
    root = mint_root()
    assert re.fullmatch(r"[0-9a-f]{32}", root.trace_id)
    assert re.fullmatch(r"[0-9a-f]{16}", root.span_id)
    assert timedelta(0) <= datetime.now(UTC) - root.started_at < timedelta(seconds=5)


def test_no_two_ids_are_the_same_even_with_a_seeded_random_module() -> None:
    ids = set()
    for _ in range(100):
        random.seed(1)
        root = mint_root()
        ids |= {root.trace_id, root.span_id, str(RootIds().generate_span_id())}
    assert len(ids) == 300
