"""What a span is told before it ends: why it failed, what it cost, what was handed over."""

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from telemetry import spans, tracing
from tests.integration.received_telemetry import emptied_receiver, received
from tests.otlp_receiver import OtlpReceiver


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with emptied_receiver() as receiver:
        yield receiver


def test_the_members_of_a_group_of_errors_are_recorded_with_their_causes(
    receiver: OtlpReceiver,
) -> None:
    async def fail() -> None:
        try:
            raise KeyError("colour")
        except KeyError as error:
            raise RuntimeError("no colour for whatsapp:+15550109876") from error

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())

    with pytest.raises(ExceptionGroup), spans.trace_delivery(kind="reply", parts=1):
        asyncio.run(work())

    ((_, recorded),) = received(receiver, "delivery").events
    stacktrace = str(recorded["exception.stacktrace"])
    assert "KeyError: 'colour'" in stacktrace
    assert "RuntimeError: no colour for [address]" in stacktrace


def test_a_database_operation_that_fails_says_so(receiver: OtlpReceiver) -> None:
    with (
        pytest.raises(RuntimeError),
        spans.trace_database_operation(operation="load", table_name="agent", record_id="a"),
    ):
        raise RuntimeError

    assert received(receiver, "database_load:agent").attributes["db_status"] == "error"


def test_a_failure_without_an_exception_is_an_error_all_the_same(receiver: OtlpReceiver) -> None:
    with spans.trace_delivery(kind="reply", parts=1) as span:
        span.set_attribute("error_code", 63016)
        tracing.mark_failed(span, "outside the window")

    delivery = received(receiver, "delivery")
    assert (delivery.status, delivery.status_message) == ("ERROR", "outside the window")
    assert delivery.attributes["error_code"] == 63016


def test_a_model_call_tells_its_tokens_and_its_cost(receiver: OtlpReceiver) -> None:
    with spans.trace_token_usage(
        agent_id="frontend_v1_abc", agent_type="frontend", operation_name="send_message"
    ) as span:
        spans.set_token_usage(
            span,
            input_tokens=10,
            output_tokens=20,
            cache_creation_tokens=300,
            cache_read_tokens=4000,
            thinking_tokens=15,
            cost_usd=Decimal("0.0123"),
            usage_percentage=2.2,
            remaining_tokens=195_670,
            threshold_status="OK",
        )

    call = received(receiver, "token_usage")
    assert call.message == "token_usage:send_message"
    expected = {
        "agent_id": "frontend_v1_abc",
        "agent_type": "frontend",
        "operation_name": "send_message",
        "input_tokens": 10,
        "output_tokens": 20,
        "cache_creation_tokens": 300,
        "cache_read_tokens": 4000,
        "thinking_tokens": 15,
        "total_tokens": 4330,
        "usage_percentage": 2.2,
        "remaining_tokens": 195_670,
        "threshold_status": "OK",
        "operation.cost": 0.0123,
    }
    assert expected.items() <= call.attributes.items()


def test_an_unknown_cost_is_absent_and_not_zero(receiver: OtlpReceiver) -> None:
    with spans.trace_token_usage(agent_type="router", operation_name="route") as span:
        spans.set_token_usage(
            span,
            input_tokens=1,
            output_tokens=1,
            cache_creation_tokens=0,
            cache_read_tokens=0,
            thinking_tokens=0,
            cost_usd=None,
        )

    call = received(receiver, "token_usage")
    assert "operation.cost" not in call.attributes
    assert call.attributes["cache_read_tokens"] == 0


def test_a_handoff_document_tells_what_it_holds(receiver: OtlpReceiver) -> None:
    with spans.trace_handoff_document(handoff_id="h-1") as span:
        spans.set_handoff_document(
            span,
            document_size_kb=9.5,
            categories_included=["decisions", "todos"],
            decisions_count=3,
            todos_count=2,
            errors_count=0,
        )

    document = received(receiver, "handoff_document")
    expected = {
        "handoff_id": "h-1",
        "document_size_kb": 9.5,
        "decisions_count": 3,
        "todos_count": 2,
        "errors_count": 0,
    }
    assert expected.items() <= document.attributes.items()
    assert json.loads(str(document.attributes["categories_included"])) == ["decisions", "todos"]
