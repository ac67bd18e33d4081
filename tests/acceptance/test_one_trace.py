"""One trace a request: the root minted at the webhook, everything below it, nothing personal."""

from tests.acceptance.stack import Stack, announced
from tests.otlp_receiver import OtlpReceiver

NUMBER = "+15557654321"
REQUEST_TEXT = "Build me a counter for Zanzibar-canary laps"


def test_a_build_is_one_trace_without_orphans_or_anything_personal(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    phone = stack.phone(NUMBER)
    phone.say(REQUEST_TEXT)
    phone.wait_for(announced, 60)

    root = receiver.span("user_request", within=30)
    (request,) = stack.rows("SELECT * FROM request")
    assert (root.trace_id, root.span_id) == (request["trace_id"], request["span_id"])
    assert root.attributes["request_status"] == "completed"
    assert root.attributes["request_length"] == len(REQUEST_TEXT)

    spans = {span.span_id: span for span in receiver.in_trace(root.trace_id)}
    names = {span.name for span in spans.values()}
    assert names >= {
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
    orphans = [
        span.name
        for span in spans.values()
        if span is not root and span.parent_span_id not in spans
    ]
    assert orphans == []
    own = [span for span in spans.values() if span is not root and span.scope == "logfire"]
    assert {span.attributes["user_id"] for span in own} == {request["user_id"]}
    assert {span.attributes["request_id"] for span in own} == {str(request["request_id"])}

    everything = b"\n".join(receiver.bodies)
    for secret in (NUMBER, NUMBER.lstrip("+"), "Zanzibar-canary", "acceptance-auth-token"):
        assert secret.encode() not in everything
