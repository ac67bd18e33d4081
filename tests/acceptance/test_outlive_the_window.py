"""A build outlives its agents' context windows: they hand over, and nothing is lost or redone."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.request import urlopen

import pytest

from bot.sandbox.claude.faults import ClaudeFault, FaultKind
from tests.acceptance.lending import Lender
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.databases import refuse_writes
from tests.found import found
from tests.otlp_receiver import OtlpReceiver, ReceivedSpan, otlp_receiver

ONE_BUILD = pytest.mark.xdist_group("a build over several windows")

APP = {"index.html", "styles.css", "app.js", "icon.svg"}
LIMITS = [
    f"Rule {number:02}: nothing of kind {number * 7919} must ever be lost."
    for number in range(1, 31)
]

FEW_FILES = "10500"  # tokens: what an engineer is told, and room to write two or three files

StartStack = Callable[..., Stack]


@pytest.fixture
def start(lender: Lender) -> Iterator[StartStack]:
    """Starts the whole system with settings of the test's own."""
    with ExitStack() as running:

        def start(**environment: str) -> Stack:
            return running.enter_context(lender.lend(environment))

        yield start


@dataclass(frozen=True, kw_only=True)
class LongBuild:
    """A build over several windows, what was traced of it, and the link that it ended with."""

    stack: Stack
    receiver: OtlpReceiver
    link: str


@pytest.fixture(scope="module")
def long_build(lender: Lender) -> Iterator[LongBuild]:
    with (
        otlp_receiver() as receiver,
        lender.lend({"WORKING_BUDGET_TOKENS": FEW_FILES, **receiver.environment()}) as stack,
    ):
        link = build(stack, "Build me a todo app with modern UI, step by step")
        yield LongBuild(stack=stack, receiver=receiver, link=link)


def build(stack: Stack, request_text: str) -> str:
    """Say the request, wait for the app, and return its link."""
    phone = stack.phone()
    phone.say(request_text)
    return link_in(phone.wait_for(announced, 90))


def documents(stack: Stack, agent_type: str = "frontend") -> list[dict[str, Any]]:
    """The documents by which a role handed over to itself, oldest first."""
    rows = stack.rows(
        "SELECT document FROM handoff WHERE agent_type = %(type)s"
        " AND reason = 'context_window_exhausted' ORDER BY created_at",
        {"type": agent_type},
    )
    return [row["document"] for row in rows]


def is_a_whole_app(stack: Stack, link: str) -> bool:
    files = {row["path"] for row in stack.rows("SELECT path FROM workspace_file")}
    for path in files:
        with urlopen(link + path) as answer:
            assert answer.read()
    return files == APP


@ONE_BUILD
def test_a_build_over_several_windows_ends_with_the_app(long_build: LongBuild) -> None:
    stack = long_build.stack

    assert is_a_whole_app(stack, long_build.link)
    assert len(documents(stack)) >= 2
    versions = stack.rows("SELECT version FROM agent WHERE agent_type = 'frontend' ORDER BY 1")
    assert [row["version"] for row in versions] == list(range(1, len(documents(stack)) + 2))
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": 1}]


def test_a_file_that_fills_the_window_by_itself_is_changed_all_the_same(start: StartStack) -> None:
    stack = start(WORKING_BUDGET_TOKENS=FEW_FILES)
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI, step by step")
    phone.wait_for(announced, 90)

    phone.say("Change the title to Groceries, step by step")

    link = link_in(phone.wait_for(lambda m: "Version 2" in m.body, 120))
    with urlopen(link) as answer:
        assert b"<title>Groceries</title>" in answer.read()
    (versions,) = stack.rows("SELECT count(*) AS n FROM agent WHERE agent_type = 'frontend'")
    assert versions["n"] < 12  # whoever only reads does not hand over again and again
    (told,) = stack.rows("SELECT count(*) AS n FROM outbox WHERE kind = 'context_warning'")
    assert told["n"] == 1  # of the app, and not of the change


@ONE_BUILD
def test_the_user_hears_of_a_big_one_twice_and_the_trace_of_all(long_build: LongBuild) -> None:
    stack, receiver = long_build.stack, long_build.receiver

    told = stack.rows(
        "SELECT kind, body FROM outbox WHERE kind LIKE 'context%%' OR kind = 'handed_over'"
    )
    agents = stack.rows("SELECT agent_id, threshold, termination_reason FROM agent")
    warned = {a["agent_id"] for a in agents if a["threshold"] != "OK"}
    handed = {
        a["agent_id"] for a in agents if a["termination_reason"] == "context_window_exhausted"
    }
    assert len(handed) > 1
    assert Counter(row["kind"] for row in told) == {"context_warning": 1, "handed_over": 1}
    assert all(row["body"].startswith("This is a big one") for row in told)
    assert not any(word in row["body"] for row in told for word in ("engineer", "colleague", "%"))
    assert handed
    critical = {a["agent_id"] for a in agents if a["threshold"] == "CRITICAL"}
    receiver.wait_for(lambda: any(span.name == "user_request" for span in receiver.spans))
    crossings = Counter(
        span.name for span in receiver.spans if span.name.startswith("agent_threshold:")
    )
    assert crossings == {
        "agent_threshold:warning": len(warned),
        "agent_threshold:critical": len(critical),
    }


@ONE_BUILD
def test_the_trace_shows_the_chain(long_build: LongBuild) -> None:
    stack, receiver = long_build.stack, long_build.receiver

    root = receiver.span("user_request", within=60)
    spans = {span.span_id: span for span in receiver.in_trace(root.trace_id)}

    def parents(span: ReceivedSpan) -> list[str]:
        above = spans.get(span.parent_span_id or "")
        return [above.name, *parents(above)] if above else []

    handoffs = [span for span in spans.values() if span.name == "agent_handoff"]
    chain = [
        span
        for span in sorted(handoffs, key=lambda span: span.started_at)
        if span.attributes["termination_reason"] == "context_window_exhausted"
    ]
    stored = [document["handoff_id"] for document in documents(stack)]
    assert [span.attributes["handoff_id"] for span in chain] == stored
    for earlier, later in pairwise(chain):
        assert earlier.attributes["target_agent_id"] == later.attributes["source_agent_id"]
    for span in handoffs:
        assert span.attributes["trace_id"] == root.trace_id
        assert span.number("tokens_used") > 0
        assert parents(span)[:3] == ["Execution Phase", "agent_task_execution", "agent_lifecycle"]
    for name, above in (
        ("agent_spawn", "agent_handoff"),
        ("handoff_document", "agent_handoff"),
        ("database_save:agent_handoff", "agent_handoff"),
    ):
        found = [span for span in spans.values() if span.name == name and above in parents(span)]
        assert len(found) == len(handoffs), name
    events = Counter(event.name for event in receiver.events if event.trace_id == root.trace_id)
    agents = stack.rows("SELECT count(*) AS n FROM agent")[0]["n"]
    assert events["agent_spawned"] == events["agent_terminated"] == agents
    briefs = [span for span in spans.values() if span.name == "agent_brief"]
    assert briefs
    assert events["handoff_saved"] == len(handoffs) + len(briefs)
    assert events["state_transition"] > agents


def test_thirty_limits_in_the_users_words_survive_five_handoffs(start: StartStack) -> None:
    request_text = "Build me a counter, step by step\n" + "\n".join(LIMITS)
    stack = start(WORKING_BUDGET_TOKENS="4000")

    link = build(stack, request_text)

    chain = documents(stack)
    assert len(chain) >= 5
    assert is_a_whole_app(stack, link)
    for document in chain:
        assert document["original_request"] == document["messages"][0] == request_text
        assert set(LIMITS) <= set(document["constraints"])
    (last,) = stack.rows(
        "SELECT opening FROM agent WHERE agent_type = 'frontend' ORDER BY version DESC LIMIT 1"
    )
    opening = unescape(json.loads(last["opening"])[0]["text"])
    asked = opening.partition("<requirements>")[2].partition("</requirements>")[0]
    for limit in LIMITS:
        assert limit in opening
        assert f"[does, open] {limit}" in asked


def test_what_is_closed_is_not_done_again(start: StartStack) -> None:
    stack = start(WORKING_BUDGET_TOKENS=FEW_FILES)

    build(stack, "Build me a counter, step by step")

    chain = documents(stack)
    closed = [
        {item["number"]: item["description"] for item in document["todo_list"] if item["passes"]}
        for document in chain
    ]
    for earlier, later in pairwise(closed):
        assert earlier.items() < later.items()
    writes = Counter(
        (use["name"], use["input"]["path"])
        for row in stack.rows("SELECT answer FROM turn")
        for use in json.loads(row["answer"])
        if use["type"] == "tool_use" and use["name"] in {"write_file", "replace_in_file"}
    )
    assert set(writes.values()) == {1}
    assert looked_first(stack)
    decisions = chain[-1]["decisions"]
    assert all(decision["closed"] for decision in decisions)
    assert "What is entered is kept in localStorage" in {d["decision"] for d in decisions}
    assert {r["alternative"][:9] for r in chain[-1]["rejected_alternatives"]} >= {"IndexedDB"}


def looked_first(stack: Stack) -> bool:
    """Whether every engineer that found a page of another one began with a look at it."""
    begun = stack.rows(
        "SELECT opening, answer FROM agent JOIN turn USING (agent_id)"
        " WHERE agent_type = 'frontend' AND number = 1"
    )
    first = [
        [use["name"] for use in json.loads(row["answer"]) if use["type"] == "tool_use"]
        for row in begun
        if "You take over" in row["opening"] and "index.html (" in row["opening"]
    ]
    return bool(first) and all(uses == ["check_page"] for uses in first)


@pytest.mark.parametrize("fault", ["context_exceeded", "prompt_too_long"])
def test_a_window_that_overflows_without_a_warning_is_handed_over(
    start: StartStack, fault: FaultKind
) -> None:
    stack = start()
    stack.claude.faults.add([ClaudeFault(fault=fault, role="frontend", after_turns=2)])

    link = build(stack, "Build me a counter, step by step")

    assert is_a_whole_app(stack, link)
    (document,) = documents(stack)
    assert document["source_agent"]["version"] == 1
    assert document["work_in_progress"].startswith("frontend_v1 left no notes.")
    assert {file["path"] for file in document["work_completed"]} == {"index.html", "styles.css"}


def test_an_unusable_judgement_is_asked_for_again_and_then_done_without(
    start: StartStack,
) -> None:
    stack = start(WORKING_BUDGET_TOKENS=FEW_FILES)
    stack.claude.faults.add(
        [ClaudeFault(fault="max_tokens", role="frontend", after_turns=2, times=2)]
    )

    link = build(stack, "Build me a todo app with modern UI, step by step")

    assert is_a_whole_app(stack, link)
    calls = stack.rows(
        "SELECT outcome FROM model_call WHERE operation = 'handoff' ORDER BY called_at"
    )
    assert [call["outcome"] for call in calls][:3] == ["max_tokens", "max_tokens", "end_turn"]
    assert documents(stack)[0]["work_in_progress"].startswith("frontend_v1 left no notes.")
    assert documents(stack)[0]["token_usage"]["calls"] == 4
    stack.disturb().stop()  # what was counted is stored
    counted = """
        SELECT attributes->>'outcome' AS outcome, sum(scalar_value)::int AS times FROM metrics
        WHERE metric_name = 'handoff_validations_total' AND attributes->>'outcome' <> 'passed'
        GROUP BY 1 ORDER BY 1"""
    assert stack.rows(counted) == [
        {"outcome": "failed", "times": 2},
        {"outcome": "repaired", "times": 1},
    ]
    (said,) = stack.rows("SELECT DISTINCT message FROM records WHERE message LIKE '%% be used: %%'")
    assert said["message"].endswith("notes for its successor cannot be used: their form")


def test_a_database_that_takes_no_writes_while_an_agent_hands_over_loses_no_document(
    start: StartStack,
) -> None:
    stack = start(WORKING_BUDGET_TOKENS=FEW_FILES)
    stack.hold_model("frontend", after_turns=2)
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI, step by step")
    stack.await_call("frontend", turn=3)
    pending = "SELECT FROM agent WHERE agent_type = 'frontend' AND state = 'HANDOFF_PENDING'"
    assert len(stack.rows(pending)) == 1
    log = stack.disturb().program("worker").log
    refuse_writes(stack.database_url, refuse=True)
    stack.let_go()
    eventually(lambda: is_judged(stack), "the agent has judged its work")
    eventually(lambda: "read-only transaction" in log.read_text(), "what it says is not stored")
    refuse_writes(stack.database_url, refuse=False)
    link = link_in(phone.wait_for(announced, 90))

    assert is_a_whole_app(stack, link)
    chain = documents(stack)
    versions = stack.rows("SELECT version FROM agent WHERE agent_type = 'frontend' ORDER BY 1")
    assert [row["version"] for row in versions] == list(range(1, len(chain) + 2))
    assert not any("left no notes" in document["work_in_progress"] for document in chain)


def is_judged(stack: Stack) -> bool:
    last = ("frontend", 3, "completed")
    return any((c["role"], c["turn"], c["outcome"]) == last for c in stack.model_calls())


def test_what_the_user_answered_holds_for_every_successor_and_is_asked_once(
    start: StartStack,
) -> None:
    stack = start(WORKING_BUDGET_TOKENS=FEW_FILES)
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI, step by step, but ask me first")
    phone.wait_for(lambda m: "Which colour" in m.body, 60)
    phone.say("Green")
    phone.wait_for(lambda m: "How large" in m.body, 60)
    phone.say("Large")
    link = link_in(phone.wait_for(announced, 90))

    engineers = stack.rows("SELECT opening FROM agent WHERE agent_type = 'frontend'")
    assert len(engineers) > 1
    assert all(
        "Which colour shall it have? Green" in one["opening"]
        for one in engineers
        if "You take over" in one["opening"]
    )
    assert stack.rows("SELECT count(*) AS n FROM outbox WHERE kind = 'question'") == [{"n": 2}]
    with urlopen(f"{link}styles.css") as answer:
        red, green, blue = found(rb"--accent: #(..)(..)(..);", answer.read()).groups()
    assert int(green, 16) > max(int(red, 16), int(blue, 16))
