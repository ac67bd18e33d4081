"""Each delivery is a span of its request's trace, and nobody's address leaves with it."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import pytest

import telemetry
from bot.delivery.delivery_span import correct_delivery_span_async
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from tests.integration.delivery_stage import Pool, Stage, set_stage
from tests.otlp_receiver import OtlpReceiver, ReceivedSpan, receiver_of_this_process

pytestmark = pytest.mark.anyio

FLUSH = 60.0  # seconds, at most


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    receiver = receiver_of_this_process()
    assert telemetry.flush(FLUSH)
    receiver.clear()
    yield receiver
    receiver.clear()


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


def at_last(spans: list[ReceivedSpan]) -> list[ReceivedSpan]:
    """Each span as it was told last."""
    latest = {span.span_id: span for span in sorted(spans, key=lambda span: span.ended_at)}
    return sorted(latest.values(), key=lambda span: span.started_at)


async def test_what_became_of_a_message_is_told_under_the_ids_of_its_span(
    receiver: OtlpReceiver, stage: Stage
) -> None:
    user = await stage.user()
    await stage.say(user, "it is lost on its way")
    stage.fail(TwilioFault(when="delivery", code=63024))

    await stage.deliver(user)
    (row,) = await stage.end(user)

    assert (row["state"], row["error_code"]) == ("failed", 63024)
    receiver.wait_for(lambda: telemetry.flush(FLUSH) and any(map(has_failed, receiver.spans)))
    told = [span for span in receiver.spans if span.name == "delivery"]
    (last,) = at_last(told)
    assert {
        "delivery_status": "failed",
        "error_code": 63024,
        "error_message": row["error_message"],
        "request_id": str(user.request_id),
        "kind": "reply",
        "parts": 1,
    }.items() <= last.attributes.items()
    assert last.status_message == "the message failed"
    assert last.message == "delivery:reply"
    first = min(told, key=lambda span: span.ended_at)
    assert (first.trace_id, first.parent_span_id) == (last.trace_id, last.parent_span_id)
    assert abs(last.started_at - first.started_at) < timedelta(milliseconds=1)


async def test_a_span_ends_before_others_can_tell_what_became_of_its_message(
    receiver: OtlpReceiver, stage: Stage
) -> None:
    user = await stage.user()
    await stage.say(user, "it arrives at once")

    await stage.deliver(user)

    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT sent_at FROM outbox")
        ((sent_at,),) = await cursor.fetchall()
    receiver.wait_for(lambda: telemetry.flush(FLUSH) and any(map(is_delivery, receiver.spans)))
    told = [span for span in receiver.spans if is_delivery(span)]
    first = min(told, key=lambda span: span.ended_at)
    assert first.ended_at <= sent_at
    assert first.status == "OK"
    assert first.attributes["part"] == 1


async def test_what_became_of_a_message_is_told_last_where_its_senders_clock_is_ahead(
    receiver: OtlpReceiver, stage: Stage
) -> None:
    user = await stage.user()
    await stage.say(user, "it arrives")
    await stage.deliver(user)
    await stage.end(user)
    (row,) = await stage.rows(user)
    assert telemetry.flush(FLUSH)
    receiver.clear()

    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox SET span_told = NULL, span_began_at = span_began_at + interval '7 h'"
        )
        sid = row["provider_sid"]
        await correct_delivery_span_async(connection, sid, "delivered", None, None)

    receiver.wait_for(lambda: telemetry.flush(FLUSH) and any(map(is_delivery, receiver.spans)))
    (told,) = [span for span in receiver.spans if is_delivery(span)]
    took = datetime.fromisoformat(row["sent_at"]) - datetime.fromisoformat(row["attempted_at"])
    assert told.ended_at - told.started_at > took


def is_delivery(span: ReceivedSpan) -> bool:
    return span.name == "delivery"


def has_failed(span: ReceivedSpan) -> bool:
    return is_delivery(span) and span.attributes["delivery_status"] == "failed"


async def test_deliveries_are_traced_without_addresses_or_texts(
    receiver: OtlpReceiver, stage: Stage
) -> None:
    user = await stage.user("whatsapp:+15557654321")
    await stage.say(user, "canary in the mine", "too far away")
    stage.fail(TwilioFault(when="after", drop=True), TwilioFault(code=63003))

    await stage.deliver(user)
    assert telemetry.flush(FLUSH)

    async with stage.pool.connection() as connection:
        cursor = await connection.execute("SELECT trace_id, span_id FROM request")
        ((trace_id, span_id),) = await cursor.fetchall()
    of_the_request = [span for span in receiver.spans if span.trace_id == trace_id]
    spans = at_last([span for span in of_the_request if span.name == "delivery"])
    assert {span.message for span in spans} == {"delivery:reply"}
    outcomes = [(s.attributes["delivery_status"], s.attributes.get("error_code")) for s in spans]
    assert outcomes[:2] == [("failed", 63003), ("uncertain", None)]
    assert outcomes[2] in {("sent", None), ("delivered", None), ("read", None)}
    assert spans[0].parent_span_id == span_id
    assert {span.attributes["request_id"] for span in spans} == {str(user.request_id)}
    assert [span.status for span in spans] == ["ERROR", "OK", "OK"]
    everything = b"".join(receiver.bodies)
    for secret in (b"5557654321", b"canary", b"far away"):
        assert secret not in everything
