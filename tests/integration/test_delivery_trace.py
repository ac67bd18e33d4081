"""Each delivery is a span of its request's trace, and nobody's address leaves with it."""

from collections.abc import AsyncIterator, Iterator

import pytest

import telemetry
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from tests.integration.delivery_stage import Pool, Stage, set_stage
from tests.otlp_receiver import OtlpReceiver, receiver_of_this_process

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
    spans = [span for span in of_the_request if span.name == "delivery"]
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
