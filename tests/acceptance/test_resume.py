"""Work that is interrupted goes on from its last stored turn: by itself, or when asked."""

import re
import signal
from collections import Counter
from pathlib import Path
from urllib.request import Request, urlopen

from bot.sandbox.claude.faults import ClaudeFault
from tests.acceptance.stack import Stack, announced, eventually
from tests.otlp_receiver import OtlpReceiver

SUPERVISED = re.compile(
    r'supervisor_tasks_total\{outcome="(?P<outcome>\w+)",task_type="(?P<task>\w+)"\} (?P<count>\d+)'
)


def is_at(stack: Stack, agent_type: str, turns: int = 0) -> bool:
    """Whether that role is at work, with so many turns stored."""
    rows = stack.rows(
        "SELECT state, (SELECT count(*) FROM turn WHERE turn.agent_id = agent.agent_id) AS turns"
        " FROM agent WHERE agent_type = %(type)s AND state IN ('ACTIVE', 'INITIALIZING')",
        {"type": agent_type},
    )
    return any(row["turns"] >= turns for row in rows)


def reasons(stack: Stack) -> dict[str, str]:
    """Why each agent ended, by role and version."""
    rows = stack.rows(
        "SELECT agent_type || '_v' || version AS name, termination_reason FROM agent"
        " WHERE termination_reason IS NOT NULL"
    )
    return {row["name"]: row["termination_reason"] for row in rows}


def paid_twice(stack: Stack) -> int:
    """How many completed model calls asked what another one had asked."""
    calls = [c["prompt_sha256"] for c in stack.model_calls() if c["outcome"] == "completed"]
    return sum(count - 1 for count in Counter(calls).values())


def counted_by_task(stack: Stack) -> dict[str, dict[str, int]]:
    """How often each step of a workflow has ended, by its task and how, as `/metrics` tells it."""
    bearer = {"Authorization": f"Bearer {stack.environment['OPERATOR_TOKEN']}"}
    with urlopen(Request(f"{stack.public_url}/metrics", headers=bearer)) as answer:
        lines = str(answer.read(), "utf-8").splitlines()
    counted: dict[str, dict[str, int]] = {}
    for line in lines:
        if found := SUPERVISED.fullmatch(line):
            counted.setdefault(found["task"], {})[found["outcome"]] = int(found["count"])
    return counted


def state_changes(receiver: OtlpReceiver) -> set[tuple[str, str]]:
    return {
        (str(event.attributes["from_state"]), str(event.attributes["to_state"]))
        for event in receiver.events
        if event.name == "state_transition"
    }


def test_a_drained_worker_puts_its_agent_aside_and_another_takes_it_up(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    stack.disturb().kill("worker")
    worker = stack.start_worker("first").process
    stack.hold_model("frontend", after_turns=1)
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    stack.await_call("frontend", turn=2)

    worker.send_signal(signal.SIGTERM)
    stack.hold_model("frontend", after_turns=2)  # it is put aside after the turn that it is in
    assert worker.wait(60) == 0

    (agent,) = stack.rows("SELECT state FROM agent WHERE agent_type = 'frontend'")
    assert agent["state"] == "PAUSED"
    stack.let_go()
    following = stack.start_worker("next").process
    phone.wait_for(announced, 60)
    assert paid_twice(stack) == 0
    receiver.wait_for(
        lambda: {("ACTIVE", "PAUSED"), ("PAUSED", "ACTIVE")} <= state_changes(receiver)
    )
    assert stack.rows("SELECT count(*) AS n FROM agent")[0]["n"] == 5
    built = "SELECT FROM procrastinate_jobs WHERE task_name = 'run_build' AND status = 'succeeded'"
    eventually(lambda: stack.rows(built), "the build's job has ended")
    following.send_signal(signal.SIGTERM)
    assert following.wait(60) == 0
    counted = counted_by_task(stack)
    assert counted.pop("implement") == {"stopped": 1, "completed": 1}
    assert list(counted.values()) == [{"completed": 1}] * 4, "nobody did their part twice"


def test_a_busy_model_puts_an_agent_into_error_and_it_comes_back(
    stack: Stack, receiver: OtlpReceiver
) -> None:
    stack.fail_model("overloaded", "designer", times=12)  # 4 attempts of ours, 3 of the SDK each
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(lambda m: "very busy right now" in m.body, 90)
    phone.wait_for(announced, 90)

    receiver.wait_for(lambda: any(to == "ERROR" for _, to in state_changes(receiver)))
    assert reasons(stack)["designer_v1"] == "task_completed"


def test_a_busy_model_is_waited_for_from_the_last_stored_turn_on(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    stack.await_call("designer")
    stack.disturb().kill("worker")
    stack.rows("UPDATE build SET attempts = 5 RETURNING 1")  # as if it had been busy that long
    overloaded = ClaudeFault(fault="overloaded", role="frontend", after_turns=1, times=12)
    stack.claude.faults.add([overloaded])
    stack.let_go()
    stack.start_worker("next")

    phone.wait_for(lambda m: "very busy right now" in m.body, 60)
    phone.wait_for(announced, 60)


def test_a_stopped_build_goes_on_when_asked_from_where_it_was(stack: Stack) -> None:
    stack.hold_model("frontend", after_turns=2)
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    stack.await_call("frontend", turn=3)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.let_go()
    assert reasons(stack)["frontend_v1"] == "manual_termination"
    files = stack.rows("SELECT path, sha256 FROM workspace_file")

    phone.say("Try again, please!")
    phone.wait_for(lambda m: "where I left off" in m.body, 30, after=stopped.position)
    phone.wait_for(announced, 60, after=stopped.position)

    assert reasons(stack)["frontend_v2"] == "task_completed"
    (resumed,) = stack.rows(
        "SELECT continuation_mode FROM agent WHERE agent_type = 'frontend' AND version = 2"
    )
    assert resumed["continuation_mode"] == "resumed"
    assert paid_twice(stack) <= 1  # the one in flight
    assert all(
        file in stack.rows("SELECT path, sha256 FROM workspace_file")
        for file in files
        if file["path"] != "index.html"
    )  # the one that is changed later
    said = [m.body for m in phone.messages() if m.direction == "outbound"]
    assert len(said) == len(set(said))
    requests = stack.rows("SELECT request_type, status FROM request ORDER BY accepted_at")
    assert [(r["request_type"], r["status"]) for r in requests] == [
        ("build", "stopped"),
        ("command", "completed"),
        ("retry", "completed"),
    ]
    assert stack.rows("SELECT count(*) AS n FROM build WHERE status = 'completed'")[0]["n"] == 1


def test_who_is_stopped_while_they_judge_in_place_of_another_judges_when_it_goes_on(
    stack: Stack,
) -> None:
    faults = [ClaudeFault(fault=kind, role="code_reviewer") for kind in ("refusal", "hang")]
    stack.claude.faults.add(faults)
    phone = stack.phone()
    phone.say("Build me a counter")
    stack.await_calls("code_reviewer", 2)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    phone.say("try again")
    ready = phone.wait_for(announced, 60, after=stopped.position)

    assert "couldn't double-check" not in ready.body
    (judged,) = stack.rows("SELECT outcome, score FROM review_round")
    assert judged == {"outcome": "untried", "score": 9}  # there is no browser
    judges = {name: why for name, why in reasons(stack).items() if "reviewer" in name}
    assert judges == {
        "code_reviewer_v1": "error",
        "code_reviewer_v2": "manual_termination",
        "code_reviewer_v3": "task_completed",
    }


def test_a_failed_build_can_be_tried_again_and_may_fail_again(stack: Stack) -> None:
    stack.fail_model("refusal", "frontend", times=2)
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(lambda m: "not able to build that one" in m.body, 60)
    assert reasons(stack)["frontend_v1"] == "error"

    phone.say("try again")
    second = phone.wait_for(
        lambda m: "not able to build that one" in m.body, 60, after=first.position
    )
    phone.say("try again")
    phone.wait_for(announced, 60, after=second.position)

    assert reasons(stack) | {"frontend_v2": "error", "frontend_v3": "task_completed"} == (
        reasons(stack)
    )


def test_try_again_said_twice_takes_up_one_build(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    position = 0
    for request_text in ("Build me a counter", "Build me a quiz"):
        phone.say(request_text)
        understood = phone.wait_for(lambda m: "I'll text you" in m.body, 60, after=position)
        phone.say("stop")
        stopped = phone.wait_for(
            lambda m: m.body.startswith("Stopped"), 30, after=understood.position
        )
        position = stopped.position

    phone.say("try again")
    phone.say("try again")
    taken_up = phone.wait_for(lambda m: "where I left off" in m.body, 30, after=position)
    assert "*Quiz*" in taken_up.body
    phone.wait_for(lambda m: "already working on *Quiz*" in m.body, 30, after=taken_up.position)
    assert len(stack.rows("SELECT 1 FROM build WHERE retry_request_id IS NOT NULL")) == 1


def test_there_may_be_nothing_to_try_again(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("try again")

    phone.wait_for(lambda m: "nothing to retry" in m.body, 30)


def test_an_agent_that_takes_too_long_is_ended_and_the_user_told(
    database_url: str, tmp_path: Path
) -> None:
    stack = Stack(database_url, tmp_path / "logs", AGENT_TIMEOUT_SECONDS="1")
    try:
        stack.start().hold_model("frontend")  # whom nothing can replace
        phone = stack.phone()
        phone.say("Build me a counter")
        phone.wait_for(lambda m: "took much longer" in m.body, 60)
        assert reasons(stack)["frontend_v1"] == "timeout"
    finally:
        stack.stop()


def test_a_crash_loop_ends_and_the_user_is_told_honestly(stack: Stack) -> None:
    stack.hold_model("frontend", after_turns=1)
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    eventually(lambda: is_at(stack, "frontend", 1), "the frontend agent has a turn")
    stack.disturb().kill("worker")
    stack.let_go()
    # As if six workers had died over the same turn.
    stack.rows("UPDATE build SET attempts = 6 RETURNING 1")
    stack.start_worker("next")

    phone.wait_for(lambda m: "I tried several times" in m.body, 60)

    assert reasons(stack)["frontend_v1"] == "orchestrator_shutdown"
    assert stack.rows("SELECT status, failure FROM build") == [
        {"status": "failed", "failure": "attempts exhausted"}
    ]


def test_what_is_tried_again_behind_one_that_fails_begins_with_what_is_online(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app")
    phone.wait_for(announced, 60)
    stack.claude.journal.clear()
    stack.hold_model("frontend", after_turns=1)
    phone.say(
        'Change the title to Groceries [[frontend: write_file {"path": "half.css", "content": ""}]]'
        ' [[frontend 9 times: read_file {"path": "no such file.html"}]]'
    )
    stack.await_call("frontend", turn=2)
    stack.rows("UPDATE build SET takes_changes = false WHERE status = 'running' RETURNING 1")
    phone.say("Make it green")
    phone.wait_for(lambda m: m.body.startswith("Got it. I'll do that next"), 30)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)

    stack.let_go()
    phone.say("try again")
    failed = phone.wait_for(
        lambda m: "what you asked for after it" in m.body, 60, after=stopped.position
    )
    phone.wait_for(announced, 60, after=failed.position)

    kept = stack.rows(
        "SELECT number, is_draft FROM version_file JOIN version USING (project_id, number)"
        " WHERE path = 'half.css'"
    )
    assert kept == [{"number": 2, "is_draft": True}]
