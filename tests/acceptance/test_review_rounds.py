"""An app is proven before it is called ready; what was found goes back to the same engineer."""

import json
from typing import Any
from urllib.request import urlopen

import pytest

from bot.checks.acceptance import Acceptance
from bot.sandbox.claude.crew.acceptance import click, fill, press, reads, that
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.twilio.phone.client import Phone
from telemetry.cookbook import cookbook
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.test_budgets import spend
from tests.forked_program import run_forked

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser check")]


@pytest.fixture
def stack_settings() -> dict[str, str]:
    """As it is by default: an app is tried in a browser before it is ready."""
    return {"CHECK_APPS": "true"}


def said(phone: Phone) -> list[str]:
    return [m.body for m in phone.messages() if m.direction == "outbound"]


def rounds(stack: Stack) -> list[dict[str, object]]:
    return stack.rows("SELECT outcome, works, blocking, score FROM review_round ORDER BY number")


def agents(stack: Stack) -> list[str]:
    rows = stack.rows(
        "SELECT agent_type || '_v' || version AS name FROM agent ORDER BY spawned_at, version"
    )
    return [row["name"] for row in rows]


def rounds_on_record(stack: Stack) -> list[dict[str, object]]:
    """What operators are told of the rounds of this one build, once each of them is on record.

    The last records of whoever had this system before may have come after it was emptied.
    """
    (own,) = stack.rows("SELECT trace_id FROM request")
    of_this = f"WHERE trace_id = '{own['trace_id']}' AND span_name = 'round_judged'"
    eventually(
        lambda: len(stack.rows(f"SELECT FROM records {of_this}")) == len(rounds(stack)),
        "they are on record",
    )
    asked = cookbook()["review-rounds"].sql
    return stack.rows(asked.replace("WHERE span_name = 'round_judged'", of_this))


def read_by_the_engineer(stack: Stack) -> list[dict[str, Any]]:
    """What the engineer was sent back with last, behind the results of their tools."""
    calls = [call for call in stack.claude.journal.answered() if call.role == "frontend"]
    ((*_, last),) = [json.loads(calls[-1].body or b"")["messages"]]
    return [block for block in last["content"] if block["type"] != "tool_result"]


def test_a_broken_app_is_fixed_by_its_engineer_before_anyone_hears_that_it_is_ready(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a sloppy counter")
    phone.wait_for(announced, 90)

    mending, built, picture, ready = said(phone)[2:]
    assert "I tested it and found" in mending
    assert "An error appears" in mending
    assert built.startswith("It's built: I fixed what was found")
    assert "on a phone" in picture
    assert "is ready" in ready
    assert [row["outcome"] for row in rounds(stack)] == ["faulty", "passed"]
    assert rounds(stack)[-1]["score"] == 9
    judges, written = {"qa_v2", "code_reviewer_v1"}, {"frontend_v1", "qa_v1"}
    first, second, *rest = agents(stack)
    assert [first, second] == ["orchestrator_v1", "designer_v1"]
    assert [set(rest[:2]), set(rest[2:4]), rest[4:]] == [written, judges, ["devops_v1"]]


def test_an_app_that_gets_no_better_is_published_with_the_truth_about_it(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a hopeless counter")
    truth = phone.wait_for(announced, 90)

    assert "does not work as it should yet" in truth.body
    assert "An error appears" in truth.body
    assert "is ready" not in "".join(said(phone))
    assert [(row["outcome"], row["works"]) for row in rounds(stack)] == [("faulty", False)] * 2
    assert not {"qa_v2", "code_reviewer_v1"} & set(agents(stack))
    assert rounds_on_record(stack) == [{"rounds": 2, "requests": 1}]


def test_after_three_rounds_the_best_files_go_out(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a very sloppy counter")
    truth = phone.wait_for(announced, 120)

    assert [row["blocking"] for row in rounds(stack)] == [3, 2, 1]
    assert "An error appears" in truth.body
    fixing = [line for line in said(phone) if "I tested it and found" in line]
    assert len(fixing) == 2
    assert fixing[0] == fixing[1], "the same is wrong once more"
    looked = run_forked(["bot.cli.main", "verify", "--grace", "0s"], stack.environment)
    assert looked.returncode == 0, looked.stdout


def test_a_budget_that_runs_short_while_it_is_fixed_publishes_what_was_judged_best(
    stack: Stack,
) -> None:
    stack.hold_model("frontend", after_turns=6)
    phone = stack.phone()
    phone.say("Build me a sloppy counter, step by step")
    eventually(lambda: rounds(stack), "it is handed in", seconds=120)
    stack.await_call("frontend", turn=7)  # the fix, and nobody comes to hand it in
    spend(stack, "5.00")
    stack.let_go()
    told = phone.wait_for(lambda m: "one request may cost" in m.body, 60)

    assert "*Counter* is online, but it does not work as it should yet" in told.body
    assert "An error appears" in told.body
    with urlopen(f"{link_in(told)}app.js") as answer:
        assert b"bug 1" in answer.read()
    assert len(rounds(stack)) == 1
    spend(stack, "0")
    phone.say("try again")
    ready = phone.wait_for(announced, 120, after=told.position)
    assert "Version 2 of *Counter* is ready" in ready.body
    assert [row["outcome"] for row in rounds(stack)] == ["faulty", "passed"]
    calls = [call for call in stack.model_calls() if call["role"] == "frontend"]
    assert [call["turn"] for call in calls] == [1, 2, 3, 4, 5, 6, 7, 8], (
        "the fix was not made again"
    )


def test_what_a_budget_brought_out_unjudged_is_judged_when_it_goes_on(stack: Stack) -> None:
    phone = stack.phone()
    turns = stack.turns("frontend")
    phone.say('Build me a counter [[frontend afterwards: read_file {"path": "index.html"}]]')
    next(tools for tools in turns if tools == ["read_file"])
    stack.await_call("qa")
    spend(stack, "5.00")
    stack.let_go()
    told = phone.wait_for(lambda m: "one request may cost" in m.body, 60)
    assert "unfinished and not tested" in told.body

    spend(stack, "0")
    phone.say("try again")
    phone.wait_for(announced, 120, after=told.position)
    (judged,) = rounds(stack)
    assert judged["score"] is not None, "the reviewer has read it"
    assert "<changed_lines>" not in stack.brief_of("code_reviewer"), "all of it is new to them"


def test_no_verdict_is_no_pass(stack: Stack) -> None:
    stack.fail_model("nonsense", "qa", times=12)
    phone = stack.phone()
    phone.say("Build me a counter")
    truth = phone.wait_for(announced, 120)

    assert "couldn't double-check everything" in truth.body
    assert [(row["outcome"], row["blocking"]) for row in rounds(stack)] == [("faulty", 0)]
    assert (
        stack.rows(
            "SELECT termination_reason AS why FROM agent WHERE agent_type = 'qa' ORDER BY version"
        )
        == [{"why": "error"}] * 3  # who was to write the list, and who was asked twice to judge
    )
    assert not any("I tested it and found" in line for line in said(phone))

    stack.claude.faults.clear()
    phone.say("Make it green")
    phone.wait_for(lambda m: "ersion 2" in m.body, 90, after=truth.position)
    assert stack.rows("SELECT plan -> 'agents_needed' AS who FROM build ORDER BY created_at")[
        1:
    ] == [
        {"who": ["frontend", "qa", "devops"]}  # what was never seen to work is tried now
    ]
    assert stack.rows("SELECT outcome FROM review_round")[1:] == [{"outcome": "passed"}]


def test_a_reviewer_who_refuses_is_asked_once_more(stack: Stack) -> None:
    stack.fail_model("refusal", "code_reviewer")
    phone = stack.phone()
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 90)

    assert "is ready" in ready.body
    assert [name for name in agents(stack) if "reviewer" in name] == [
        "code_reviewer_v1",
        "code_reviewer_v2",
    ]
    assert [row["outcome"] for row in rounds(stack)] == ["passed"]
    assert rounds_on_record(stack) == [{"rounds": 1, "requests": 1}]


def test_the_engineer_looks_at_the_page_in_a_browser(stack: Stack) -> None:
    phone = stack.phone()
    phone.say('Build me a counter [[frontend afterwards: check_page {"pictures": true}]]')
    phone.wait_for(announced, 90)

    calls = [call for call in stack.model_calls() if call["role"] == "frontend"]
    (looks,) = [n for n, call in enumerate(calls) if "check_page" in call["tools_called"]]
    assert [call["pictures"] for call in calls[looks : looks + 2]] == [0, 3]
    assert stack.rows("SELECT count(*) AS looks FROM trial WHERE acceptance = 'null'") == [
        {"looks": 1}
    ]
    screens = stack.rows(
        "SELECT screen, substr(content, 1, 3) AS begins FROM trial_view"
        " JOIN trial USING (build_id, manifest, list_hash) WHERE acceptance = 'null'"
    )
    assert {row["screen"] for row in screens} == {"phone", "phone_dark", "desktop"}
    assert {bytes(row["begins"]) for row in screens} == {b"\xff\xd8\xff"}


def test_work_that_waits_for_its_review_when_it_is_stopped_can_be_taken_up_again(
    stack: Stack,
) -> None:
    stack.hold_model("code_reviewer")
    phone = stack.phone()
    phone.say("Build me a sloppy counter")
    phone.wait_for(lambda m: m.body.startswith("It's built"), 90)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.let_go()
    phone.say("try again")
    ready = phone.wait_for(announced, 90, after=stopped.position)

    assert "is ready" in ready.body
    assert [row["outcome"] for row in rounds(stack)] == ["faulty", "passed"]


def test_who_fails_at_mending_loses_nothing_that_was_tried_before(stack: Stack) -> None:
    stack.claude.faults.add([ClaudeFault(fault="refusal", role="frontend", after_turns=1)])
    phone = stack.phone()
    phone.say("Build me a very sloppy counter")
    truth = phone.wait_for(announced, 90)

    assert "does not work as it should yet" in truth.body
    assert "An error appears" in truth.body
    assert [row["blocking"] for row in rounds(stack)] == [3, 3]
    assert stack.rows("SELECT status FROM build") == [{"status": "completed"}]


def test_what_was_corrected_in_the_writing_does_not_count_in_the_mending(stack: Stack) -> None:
    in_the_writing = ClaudeFault(fault="max_tokens", role="frontend", times=2)
    in_the_fixing = ClaudeFault(fault="max_tokens", role="frontend", after_turns=3)
    stack.claude.faults.add([in_the_writing, in_the_fixing])
    phone = stack.phone()
    phone.say("Build me a sloppy counter")
    ready = phone.wait_for(announced, 90)

    assert "is ready" in ready.body
    assert [row["outcome"] for row in rounds(stack)] == ["faulty", "passed"]


def test_what_does_not_open_is_not_called_built_and_nobody_is_asked_about_it(
    stack: Stack,
) -> None:
    empty = {"path": "index.html", "content": "<!doctype html><title>Nothing</title>"}
    phone = stack.phone()
    phone.say(f"Build me a counter [[frontend afterwards: write_file {json.dumps(empty)}]]")
    truth = phone.wait_for(announced, 90)

    assert "does not work as it should yet" in truth.body
    assert not any(line.startswith("It's built") for line in said(phone))
    assert not {"qa_v2", "code_reviewer_v1"} & set(agents(stack))


def test_a_change_that_nobody_was_to_test_cannot_break_what_worked(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 90)
    broken = {"path": "app.js", "old": "counter.value + 1", "new": "counter.value + 2"}
    phone.say(f"Make it green [[frontend afterwards: replace_in_file {json.dumps(broken)}]]")
    truth = phone.wait_for(announced, 90, after=first.position)

    assert "is ready" in first.body
    assert "does not work as it should yet" in truth.body
    assert [row["outcome"] for row in rounds(stack)][1:] == ["faulty", "faulty"]
    judged = "SELECT verdict IS NOT NULL AS by_qa FROM review_round WHERE outcome = 'faulty'"
    # Nobody could tell before what the change outdates.
    assert stack.rows(f"{judged} ORDER BY number") == [{"by_qa": True}] * 2
    assert agents(stack).count("qa_v1") == 2  # of each build's
    assert "<handed_in>\nI " in stack.brief_of("qa")


def change_of_words() -> str:
    """A change of looks that makes a criterion of the todo app wrong, and QA's correction of it."""
    other_words = {"path": "app.js", "old": "All done", "new": "Nothing left"}
    ticks_off = that(
        "What I tick off counts as done.",
        fill("New task", "Call Rosa"),
        press("Enter"),
        click("checkbox", "Call Rosa"),
        reads("Nothing left"),
    ).model_copy(update={"requirements": [1]})
    corrected = Acceptance(language="en", keeps_data=False, criteria=[ticks_off])
    return (
        f"Make it green [[frontend afterwards: replace_in_file {json.dumps(other_words)}]]"
        f" [[qa: try_page {corrected.model_dump_json()}]]"
    )


def test_what_a_change_of_looks_outdates_is_no_fault_that_anybody_is_told_of(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app")
    first = phone.wait_for(announced, 90)
    phone.say(change_of_words())
    ready = phone.wait_for(announced, 90, after=first.position)

    assert "is ready" in ready.body
    assert not any("I tested it and found" in line for line in said(phone))
    assert [(row["outcome"], row["works"]) for row in rounds(stack)][1:] == [("passed", True)]
    assert agents(stack)[-4:] == ["orchestrator_v1", "frontend_v1", "qa_v1", "devops_v1"]
    (held,) = stack.rows("SELECT acceptance FROM trial ORDER BY tried_at DESC LIMIT 1")
    assert "Nothing left" in held["acceptance"]
    assert "All done" not in held["acceptance"]

    phone.say("undo")
    undone = phone.wait_for(lambda m: "ersion 1" in m.body, 60, after=ready.position)
    phone.say("Make it blue")
    again = phone.wait_for(announced, 90, after=undone.position)
    assert "is ready" in again.body, "what was corrected for another version binds only that"
    assert agents(stack)[-3:] == ["orchestrator_v1", "frontend_v1", "devops_v1"]


def test_who_was_stopped_while_they_put_a_list_right_judges_the_app_all_the_same(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app")
    first = phone.wait_for(announced, 90)
    stack.hold_model("qa", after_turns=1)
    stack.claude.journal.clear()
    phone.say(change_of_words())
    stack.await_call("qa", turn=2)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30, after=first.position)
    stack.let_go()
    phone.say("try again")
    ready = phone.wait_for(announced, 90, after=stopped.position)

    assert "is ready" in ready.body
    judged = stack.rows("SELECT verdict, outcome FROM review_round ORDER BY build_id, number")
    assert {row["outcome"] for row in judged} == {"passed"}
    assert all(json.loads(row["verdict"])["works"] for row in judged)


def test_what_was_agreed_before_the_code_goes_back_unjudged_and_is_judged_if_it_stays_so(
    stack: Stack,
) -> None:
    wrong = {"path": "app.js", "old": "counter.value + 1", "new": "counter.value + 2"}
    phone = stack.phone()
    phone.say(f"Build me a counter [[frontend afterwards: replace_in_file {json.dumps(wrong)}]]")
    truth = phone.wait_for(announced, 120)

    assert "does not work as it should yet" in truth.body
    first, second = stack.rows(
        "SELECT verdict, review, outcome, evidence FROM review_round ORDER BY number"
    )
    assert (first["outcome"], first["verdict"], first["review"]) == ("faulty", None, None)
    assert "Counting up counts, and is kept." in first["evidence"].partition("<acceptance>")[2]
    assert json.loads(second["verdict"])["works"] is False
    assert (second["outcome"], second["review"]) == ("faulty", None)
    assert "<acceptance>" not in second["evidence"]
    sent_back, caption, image = read_by_the_engineer(stack)
    _, _, page = sent_back["text"].partition("\n\nThe page at step ")
    assert "of “Counting up counts, and is kept.”" in page
    assert '- button "Add"' in page
    assert (caption["text"], image["type"]) == ("The page where it shows first:", "image")
    brief = stack.brief_of("qa")
    assert "<earlier_findings>\n- [acceptance, blocking]" in brief
    assert "It cannot go out like this" not in brief
    assert '"controls"' in brief
    assert "<decisions>\n- What is entered is kept in localStorage" in brief
