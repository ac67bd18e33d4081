"""One trace a request: the root minted at the webhook, everything below it, nothing personal."""

from functools import partial

from tests.acceptance.stack import Stack, announced
from tests.otlp_receiver import OtlpReceiver, ReceivedSpan

NUMBER = "+15557654321"
REQUEST_TEXT = "Build me a counter for Zanzibar-canary laps"


def orphans(receiver: OtlpReceiver, root: ReceivedSpan) -> list[str]:
    """The spans of a trace whose parent has not come: at the end, none."""
    spans = {span.span_id: span for span in receiver.in_trace(root.trace_id)}
    return [
        span.name
        for span in spans.values()
        if span is not root and span.parent_span_id not in spans
    ]


def is_linked(receiver: OtlpReceiver, name: str, request_ids: tuple[str, str]) -> bool:
    """Whether a span of that name names the request that it is about."""
    return any(request_ids in span.links for span in receiver.spans if span.name == name)


def last_statuses(receiver: OtlpReceiver, root: ReceivedSpan) -> list[object]:
    """What became of each message of a request, as its span was told last."""
    told = [span for span in receiver.in_trace(root.trace_id) if span.name == "delivery"]
    latest = {span.span_id: span for span in sorted(told, key=lambda span: span.ended_at)}
    return [span.attributes["delivery_status"] for span in latest.values()]


def test_a_build_is_one_trace_without_orphans_or_anything_personal(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    phone = stack.phone(NUMBER)
    phone.say(REQUEST_TEXT)
    phone.wait_for(announced, 60)

    root = receiver.span("user_request", within=60)
    (request,) = stack.rows("SELECT * FROM request")
    assert (root.trace_id, root.span_id) == (request["trace_id"], request["span_id"])
    assert root.attributes["request_status"] == "completed"
    assert root.attributes["request_length"] == len(REQUEST_TEXT)

    receiver.wait_for(lambda: not orphans(receiver, root))
    spans = {span.span_id: span for span in receiver.in_trace(root.trace_id)}
    assert {span.name for span in spans.values()} >= {
        "user_request",
        "workflow:full_build",
        "agent_lifecycle",
        "agent_spawn",
        "agent_task_execution",
        "Execution Phase",
        "token_usage",
        "phase_transition",
        "delivery",
    }
    own = [span for span in spans.values() if span is not root and span.scope == "logfire"]
    assert {span.attributes["user_id"] for span in own} == {request["user_id"]}
    assert {span.attributes["request_id"] for span in own} == {str(request["request_id"])}

    # What Twilio calls are traces of their own, which name the request that they are about.
    request_ids = (root.trace_id, root.span_id)
    for route in ("POST /webhooks/whatsapp", "POST /webhooks/status"):
        receiver.wait_for(partial(is_linked, receiver, route, request_ids))
    receiver.wait_for(lambda: set(last_statuses(receiver, root)) == {"delivered"})

    everything = b"\n".join(receiver.bodies)
    for secret in (NUMBER, NUMBER.lstrip("+"), "Zanzibar-canary", "acceptance-auth-token"):
        assert secret.encode() not in everything
