"""What this process exports, for tests of what arrives."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import telemetry
from tests.otlp_receiver import OtlpReceiver, ReceivedSpan, receiver_of_this_process

IDS = {"user_id": "u" * 32, "request_id": "r-1", "project_id": "p-1", "conversation_id": "c-1"}


class State(StrEnum):
    ACTIVE = "ACTIVE"


@contextmanager
def emptied_receiver() -> Iterator[OtlpReceiver]:
    """What this process exports to, without anything of earlier tests."""
    receiver = receiver_of_this_process()
    telemetry.flush(60)
    receiver.clear()
    yield receiver
    receiver.clear()


def received(receiver: OtlpReceiver, name: str) -> ReceivedSpan:
    assert telemetry.flush(60)
    return receiver.span(name)
