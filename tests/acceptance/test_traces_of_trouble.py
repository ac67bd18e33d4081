"""Traces of what did not go well: killed workers, stopped and failed builds, requests that died."""

import json
from pathlib import Path

from tests.acceptance.stack import Stack, announced, eventually
from tests.forked_program import run_forked
from tests.otlp_receiver import OtlpReceiver


def orphans(receiver: OtlpReceiver) -> list[str]:
    """Spans below one that never ended and of which nobody heard that it had begun.

    A process that is killed takes its open spans with it. The sign that each has begun is sent
    before anything below it, and stands in for it: Logfire shows it as a span without an end.
    """
    ended = {span.span_id for span in receiver.everything if span.kind != "pending_span"}
    begun = {span.parent_span_id for span in receiver.pending}
    return [
        span.name
        for span in (*receiver.spans, *receiver.events)
        if span.parent_span_id and span.parent_span_id not in ended | begun
    ]


def unfinished(receiver: OtlpReceiver) -> set[str]:
    """Names of the spans that have begun and not ended."""
    ended = {span.span_id for span in receiver.spans}
    return {span.name for span in receiver.pending if span.parent_span_id not in ended}


def test_a_killed_workers_spans_are_visible_as_unfinished_and_nothing_is_orphaned(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    stack.hold_model("frontend", after_turns=2)
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    stack.await_call("frontend", turn=3)
    # Whatever is above it has been sent before.
    receiver.wait_for(
        lambda: any(
            span.name == "token_usage" and span.attributes["agent_type"] == "frontend"
            for span in receiver.spans
        )
    )

    stack.disturb().kill("worker")

    receiver.wait_for(lambda: "agent_lifecycle" in unfinished(receiver))
    assert {"user_request", "workflow:full_build"} <= unfinished(receiver)
    assert orphans(receiver) == []

    stack.let_go()
    stack.start_worker()
    phone.wait_for(announced, 90)
    root = receiver.span("user_request", within=60)

    assert root.attributes["request_status"] == "completed"
    assert "user_request" not in unfinished(receiver)
    assert {"workflow:full_build", "agent_lifecycle"} <= unfinished(receiver)
    assert orphans(receiver) == []
    spawned = [event for event in receiver.events if event.name == "agent_spawned"]
    assert len({event.attributes["agent_id"] for event in spawned}) == len(spawned)


def test_a_stopped_and_a_failed_build_end_their_traces(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    phone.say("Build me a quiz")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    stack.await_call("designer")
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.let_go()
    stack.fail_model("refusal", "frontend")
    phone.say("Build me a counter")
    phone.wait_for(lambda m: "not able to build" in m.body, 60, after=stopped.position)

    receiver.wait_for(
        lambda: sum(span.name == "user_request" for span in receiver.spans) == 3, within=60
    )

    roots = {
        (span.attributes["request_type"], span.attributes["request_status"]): span.status
        for span in receiver.spans
        if span.name == "user_request"
    }
    assert roots == {
        ("build", "stopped"): "OK",
        ("command", "completed"): "OK",
        ("build", "failed"): "ERROR",
    }
    receiver.wait_for(lambda: not unfinished(receiver), within=60)
    assert orphans(receiver) == []
    put_down = {s.name: s for s in receiver.spans if "interruption" in s.attributes}
    assert {"token_usage", "agent_lifecycle", "workflow:full_build"} <= put_down.keys()
    assert {span.status for span in put_down.values()} == {"OK"}
    failed = [span for span in receiver.spans if span.status == "ERROR"]
    assert put_down["agent_lifecycle"].trace_id not in {span.trace_id for span in failed}
    assert {"token_usage", "agent_lifecycle", "workflow:full_build"} <= {s.name for s in failed}
    states = {
        s.attributes["state"]: s.status for s in receiver.spans if s.name == "agent_lifecycle"
    }
    assert states == {"TERMINATED": "OK", "ERROR": "ERROR"}
    assert put_down["agent_lifecycle"].attributes["state"] == "TERMINATED"
    assert any(name == "exception" for span in failed for name, _ in span.events)
    (root,) = [span for span in failed if span.name == "user_request"]
    assert root.attributes["failure_reason"] == "ModelRefused"
    assert root.status_message == "the request failed: ModelRefused"
    # What the alert on errors counts: what we did, not the statements and requests that it took.
    done = [s for s in receiver.in_trace(root.trace_id) if s.scope in {"logfire", "textcrew"}]
    assert sum(span.status == "ERROR" for span in done) / len(done) > 0.1


def test_what_a_stop_has_cut_off_is_in_the_whole_cost_of_its_request(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    stack.answer_slowly(2.0, "designer")
    phone = stack.phone()
    phone.say("Build me a quiz")
    under_way = "SELECT FROM budget_reservation WHERE input_tokens + cache_creation_tokens > 0"
    eventually(lambda: stack.rows(under_way), "the designer has begun to answer")
    phone.say("stop")
    phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    receiver.wait_for(
        lambda: sum(span.name == "user_request" for span in receiver.spans) == 2, within=60
    )

    cut_off = eventually(
        lambda: stack.rows("SELECT cost_usd FROM model_call WHERE outcome = 'CancelledError'"),
        "what was cut off is in the ledger",
    )
    assert cut_off[0]["cost_usd"] > 0
    for root in (span for span in receiver.spans if span.name == "user_request"):
        (ledger,) = stack.rows(
            "SELECT sum(cost_usd)::float8 AS cost, sum(input_tokens + output_tokens"
            " + cache_creation_tokens + cache_read_tokens)::int AS tokens"
            " FROM model_call JOIN request USING (request_id) WHERE trace_id = %(trace_id)s",
            {"trace_id": root.trace_id},
        )
        assert root.attributes["request_cost_usd"] == (ledger["cost"] or 0.0)
        assert root.attributes["request_tokens"] == (ledger["tokens"] or 0)


def test_who_is_forgotten_or_erased_leaves_no_trace_open(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    number = "+15550001111"
    forgotten, erased = stack.phone(), stack.phone(number)
    stack.hold_model("designer")
    for phone in (forgotten, erased):
        phone.say("Build me a counter")
    stack.await_calls("designer", 2)
    stack.hold_model()
    forgotten.say("How does it look?")  # which nobody can read before they are gone
    forgotten.say("forget me")
    forgotten.wait_for(lambda m: "Shall I?" in m.body, 30)
    forgotten.say("delete everything")
    forgotten.wait_for(lambda m: "Goodbye!" in m.body, 30)
    erasing = ["bot.cli.main", "erase-user", number, "--yes"]
    assert run_forked(erasing, stack.environment).returncode == 0

    receiver.wait_for(
        lambda: sum(span.name == "user_request" for span in receiver.spans) == 5, within=30
    )
    roots = [span for span in receiver.spans if span.name == "user_request"]
    assert sorted(
        (str(root.attributes["request_type"]), root.attributes["request_status"]) for root in roots
    ) == [
        ("build", "stopped"),
        ("build", "stopped"),
        ("command", "completed"),
        ("command", "completed"),
        ("unread", "stopped"),
    ]
    builds = [root for root in roots if root.attributes["request_type"] == "build"]
    assert all(root.attributes["request_cost_usd"] for root in builds), "what it cost so far"
    assert any(point.metric == "request_cost_usd" for point in receiver.points)
    unfinished_requests = ["bot.cli.main", "query", "unfinished-requests", "--json"]
    eventually(
        lambda: json.loads(run_forked(unfinished_requests, stack.environment).stdout) == [],
        "all are on record as ended",
    )
    stack.let_go()
    receiver.wait_for(lambda: not unfinished(receiver), within=60)
    assert orphans(receiver) == []


def test_a_request_that_nobody_works_on_is_visible(stack: Stack, receiver: OtlpReceiver) -> None:
    stack.disturb().kill("worker")
    stack.phone().say("Build me a counter")

    receiver.wait_for(lambda: "user_request" in unfinished(receiver))

    (request,) = stack.rows("SELECT trace_id, span_id, user_id FROM request")
    (opened,) = [span for span in receiver.pending if span.name == "user_request"]
    assert (opened.trace_id, opened.parent_span_id) == (request["trace_id"], request["span_id"])
    assert opened.attributes["user_id"] == request["user_id"]


def test_any_otlp_backend_gets_it_by_the_standard_variables(
    database_url: str, tmp_path: Path, receiver: OtlpReceiver
) -> None:
    stack = Stack(database_url, tmp_path / "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=receiver.base_url)
    try:
        stack.start()
        stack.phone().say("help")
        root = receiver.span("user_request", within=60)
    finally:
        stack.stop()

    assert root.attributes["request_type"] == "command"
    delivery = next(span for span in receiver.spans if span.name == "delivery")
    assert (delivery.trace_id, delivery.parent_span_id) == (root.trace_id, root.span_id)
    assert delivery.resource["service.name"] == "textcrew-worker"
    receiver.wait_for(lambda: any(p.metric == "request_cost_usd" for p in receiver.points))
    assert receiver.pending == []
