"""A request's root is the parent of all its work, whichever task or thread does it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import telemetry
from telemetry import spans
from telemetry.context import bound
from telemetry.root import attach, emit, mint_root, open_root, trace_user_request
from tests.integration.received_telemetry import IDS, emptied_receiver, received
from tests.otlp_receiver import OtlpReceiver


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with emptied_receiver() as receiver:
        yield receiver


def test_the_root_that_ends_a_request_is_the_parent_of_all_work_done_before(
    receiver: OtlpReceiver,
) -> None:
    root = mint_root()
    open_root(root, {"user_id": IDS["user_id"], "platform": "chat"})
    with trace_user_request(root, **IDS), spans.trace_delivery(kind="reply", parts=1):
        pass
    ended_at = root.started_at + timedelta(seconds=90)
    # Emitted while another request is being worked on, it is not touched by that one's ids.
    with attach(mint_root()), bound(project_id="another"):
        emit(
            root,
            ended_at=ended_at,
            attributes={**IDS, "platform": "chat", "request_status": "completed", "gone": None},
            error=None,
        )

    span = received(receiver, "user_request")
    assert (span.trace_id, span.span_id) == (root.trace_id, root.span_id)
    assert span.parent_span_id is None
    assert abs(span.started_at - root.started_at) < timedelta(milliseconds=1)
    assert abs(span.ended_at - ended_at) < timedelta(milliseconds=1)
    assert span.status == "OK"
    assert span.attributes["project_id"] == "p-1"
    assert "gone" not in span.attributes
    delivery = received(receiver, "delivery")
    assert (delivery.trace_id, delivery.parent_span_id) == (root.trace_id, root.span_id)


def test_a_request_that_failed_ends_in_an_error(receiver: OtlpReceiver) -> None:
    emit(mint_root(), ended_at=datetime.now(UTC), attributes={}, error="the model is gone")

    span = received(receiver, "user_request")
    assert (span.status, span.status_message) == ("ERROR", "the model is gone")


def test_a_request_that_never_ends_is_seen_as_begun(receiver: OtlpReceiver) -> None:
    root = mint_root()
    open_root(root, {"user_id": IDS["user_id"], "request_length": 12})
    assert telemetry.flush(60)

    (pending,) = receiver.pending
    assert (pending.name, pending.trace_id) == ("user_request", root.trace_id)
    assert pending.parent_span_id == root.span_id
    assert pending.attributes["request_length"] == 12
    assert receiver.spans == []


def test_the_ids_go_along_into_tasks_and_threads_and_end_with_their_block(
    receiver: OtlpReceiver,
) -> None:
    def deliver(kind: str) -> None:
        with spans.trace_delivery(kind=kind, parts=1):
            pass

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            for user in ("first", "second"):
                with bound(user_id=user), bound(request_id=f"of {user}"):
                    tasks.create_task(asyncio.to_thread(deliver, user))

    asyncio.run(work())
    deliver("nobody")

    assert telemetry.flush(60)
    seen = {
        span.attributes["kind"]: (
            span.attributes.get("user_id"),
            span.attributes.get("request_id"),
        )
        for span in receiver.spans
    }
    assert seen == {
        "first": ("first", "of first"),
        "second": ("second", "of second"),
        "nobody": (None, None),
    }
