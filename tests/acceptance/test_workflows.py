"""Every workflow from the message to its end, and a plan that gives way to a safe one."""

import json
import re
from itertools import pairwise
from urllib.request import Request, urlopen

import pytest

from bot.crew.agent_specs import CREW
from bot.model.roles import role_prompt
from bot.sandbox.claude.faults import FaultKind
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from bot.workflows.sound_plans import NOT_AS_PLANNED
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.test_commands import app_at


def workflows(stack: Stack) -> list[str]:
    return [row["workflow"] for row in stack.rows("SELECT workflow FROM build ORDER BY created_at")]


def agents(stack: Stack) -> list[str]:
    """The roles of the latest build, in the order of their work."""
    rows = stack.rows(
        "SELECT agent_type FROM agent WHERE request_id ="
        " (SELECT request_id FROM build ORDER BY created_at DESC LIMIT 1) ORDER BY spawned_at"
    )
    return [row["agent_type"] for row in rows]


def phases(stack: Stack) -> list[tuple[str, str]]:
    """The phase transitions of the latest build, from the record store."""
    rows = stack.rows(
        "SELECT attributes ->> 'from_phase' AS a, attributes ->> 'to_phase' AS b FROM records"
        " WHERE span_name = 'phase_transition' AND attributes ->> 'request_id' ="
        " (SELECT request_id::text FROM build ORDER BY created_at DESC LIMIT 1)"
        " ORDER BY start_timestamp"
    )
    return [(row["a"], row["b"]) for row in rows]


def eventually_phases(stack: Stack, *names: str) -> None:
    expected = list(pairwise(names))
    eventually(lambda: phases(stack) == expected, f"the phases {names}")


def build(stack: Stack, request_text: str = "Build me a counter") -> tuple[Phone, PhoneMessage]:
    phone = stack.phone()
    phone.say(request_text)
    return phone, phone.wait_for(announced, 60)


def test_full_build_makes_a_new_app(stack: Stack) -> None:
    build(stack)

    assert workflows(stack) == ["full_build"]
    assert agents(stack) == ["orchestrator", "designer", "frontend", "code_reviewer", "devops"]
    eventually_phases(
        stack, *("planning", "design", "implementation", "review", "deployment", "completed")
    )


def test_an_app_that_visitors_share_gets_collections_from_the_backend_agent(stack: Stack) -> None:
    _, message = build(stack, "Build me a poll called Lunch")
    link = app_at(link_in(message))

    assert agents(stack)[1:4] == ["designer", "backend", "frontend"]
    vote = Request(
        f"{link}api/collections/votes",
        json.dumps({"choice": "Maybe"}).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(vote) as answer:
        assert answer.status == 201
    with urlopen(f"{link}api/collections/votes") as answer:
        (kept,) = json.load(answer)["documents"]
    assert kept["data"] == {"choice": "Maybe"}
    (brief,) = stack.rows("SELECT opening FROM agent WHERE agent_type = 'frontend'")
    assert "api/collections/NAME" in brief["opening"]


def test_bug_fix_changes_what_is_there(stack: Stack) -> None:
    phone, first = build(stack)
    phone.say("Change the title to Laps")
    phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    assert workflows(stack) == ["full_build", "bug_fix"]
    assert agents(stack) == ["orchestrator", "frontend", "devops"]
    eventually_phases(stack, "planning", "implementation", "review", "deployment", "completed")


def test_redeploy_publishes_what_is_there_and_tries_the_link(stack: Stack) -> None:
    phone, first = build(stack)
    phone.say("Publish it again")
    again = phone.wait_for(announced, 60, after=first.position)

    assert link_in(again) == link_in(first)
    assert "I opened the link, and it works." in again.body
    assert workflows(stack) == ["full_build", "redeploy"]
    assert agents(stack) == ["orchestrator", "devops"]
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": 1}]
    eventually_phases(stack, "planning", "review", "deployment", "completed")


def test_design_only_sends_a_specification_that_can_then_be_built(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Make me a concept for a counter, no app yet")
    design = phone.wait_for(lambda m: "This is how I would design" in m.body, 60)

    assert "*Colours*: Accent #" in design.body
    assert agents(stack) == ["orchestrator", "designer"]
    assert stack.rows("SELECT status, phase FROM build") == [
        {"status": "completed", "phase": "completed"}
    ]
    assert stack.rows("SELECT 1 FROM workspace_file") == []

    phone.say("build this")
    ready = phone.wait_for(announced, 60, after=design.position)

    assert workflows(stack) == ["design_only", "full_build"]
    with urlopen(link_in(ready)) as answer:
        assert b"Count anything" in answer.read()
    _, _, proposed = stack.brief_of("designer").partition("<proposed>\n")
    (signature,) = re.findall(r"\*Special touch\*: (.+)", design.body)
    assert signature in proposed.partition("\n</proposed>")[0]

    phone.say("Redesign it in green")
    phone.wait_for(announced, 60, after=ready.position)
    assert "<proposed>" not in stack.brief_of("designer"), "it has come out since"


def test_what_is_said_while_nobody_writes_is_done_next_in_its_order(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("orchestrator")
    phone.say("Make me a concept for a counter, no app yet")
    stack.await_call("orchestrator")
    phone.say("Make it green")
    said = phone.wait_for(lambda m: m.body.startswith("Got it"), 30)
    stack.hold_model("designer")
    stack.await_call("designer")
    phone.say("Give it a new look in red")
    said = phone.wait_for(lambda m: m.body.startswith("Got it"), 30, after=said.position)
    assert "I'll do that next" in said.body
    stack.let_go()

    phone.wait_for(announced, 60, after=said.position)
    made = stack.rows(
        "SELECT request_text, body FROM build LEFT JOIN change_request USING (build_id)"
        " ORDER BY created_at OFFSET 1"
    )
    assert made == [{"request_text": "Make it green", "body": "Give it a new look in red"}]


def test_looks_of_an_app_that_never_came_out_are_planned(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone = stack.phone()
    phone.say('Build me a counter [[frontend afterwards 9 times: read_file {"path": "none.html"}]]')
    stack.await_call("frontend")
    stack.rows("UPDATE build SET takes_changes = false WHERE status = 'running' RETURNING 1")
    phone.say("Make it green")
    phone.wait_for(lambda m: m.body.startswith("Got it. I'll do that next"), 30)
    stack.claude.journal.clear()
    stack.let_go()
    failed = phone.wait_for(lambda m: "what you asked for after it" in m.body, 60)
    assert stack.rows("SELECT 1 FROM workspace_file WHERE path = 'index.html'")

    phone.wait_for(announced, 60, after=failed.position)
    asked = {call["role"] for call in stack.model_calls()}
    assert asked >= {"orchestrator", "code_reviewer"}, "all of it is judged"


@pytest.mark.parametrize("asked", ["Redesign it in green", "Give it a new look in green"])
def test_custom_takes_the_steps_that_the_plan_picks(stack: Stack, asked: str) -> None:
    phone, first = build(stack)
    phone.say(asked)
    phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    assert workflows(stack) == ["full_build", "custom"]
    assert agents(stack) == ["orchestrator", "designer", "frontend", "devops"]


def test_a_large_change_is_made_as_a_new_app_is_and_keeps_the_link(stack: Stack) -> None:
    phone, first = build(stack)
    phone.say("Make it green for everybody")
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    assert workflows(stack) == ["full_build", "full_build"]
    assert agents(stack) == ["orchestrator", "designer", "frontend", "code_reviewer", "devops"]
    (plan,) = stack.rows(
        "SELECT plan ->> 'reasoning' AS why FROM build ORDER BY created_at LIMIT 1 OFFSET 1"
    )
    assert plan["why"] == NOT_AS_PLANNED, "the planner's reason was for something else"
    briefs = stack.rows(
        "SELECT opening FROM agent WHERE agent_type = 'orchestrator' ORDER BY spawned_at"
    )
    assert ["bug_fix (" in one["opening"] for one in briefs] == [False, False]
    assert link_in(second) == link_in(first)
    with urlopen(link_in(second)) as answer:
        assert b"Count anything" in answer.read(), "it is the same app"


def test_what_is_asked_for_while_a_look_is_changed_keeps_its_size(stack: Stack) -> None:
    phone, first = build(stack)
    stack.hold_model("frontend")
    phone.say("Make it red")
    stack.await_calls("frontend", 2)
    phone.say("Make it green for everybody")
    noted = phone.wait_for(lambda m: "do that next" in m.body, 30, after=first.position)
    stack.let_go()
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=noted.position)
    phone.wait_for(lambda m: "Version 3" in m.body, 60, after=second.position)

    assert workflows(stack) == ["full_build", "bug_fix", "full_build"]
    assert stack.rows("SELECT count(*) AS n FROM agent WHERE agent_type = 'orchestrator'") == [
        {"n": 3}
    ]


def test_conversation_answers_what_only_looked_like_a_request(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Make me a nothing app")
    answer = phone.wait_for(lambda m: "I build nothing" in m.body, 60)

    assert "I'll text you" not in answer.body
    assert workflows(stack) == ["conversation"]
    assert agents(stack) == ["orchestrator"]
    eventually_phases(stack, "planning", "completed")


@pytest.mark.parametrize("fault", ["nonsense", "max_tokens", "refusal"])
def test_without_a_plan_that_can_be_used_the_app_is_built_all_the_same(
    stack: Stack, fault: FaultKind
) -> None:
    stack.fail_model(fault, "orchestrator", times=1 if fault == "refusal" else 3)
    phone = stack.phone()
    phone.say("Build me a counter")
    understood = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    phone.wait_for(announced, 60)

    assert understood.body.startswith("I'll build what you asked for")
    assert workflows(stack) == ["full_build"]


def test_the_role_prompt_reaches_the_model(stack: Stack) -> None:
    build(stack, "Build me a poll")

    told = {
        str(call.role): json.loads(call.body)["system"][0]["text"]
        for call in stack.claude.journal.answered()
        if call.role and call.body
    }
    not_asked = {"qa", "devops"}  # no browser in this scenario, and no other host to deploy to
    expected = {card.agent_type for card in CREW} - not_asked
    assert told.keys() >= expected
    for role, prompt in told.items():
        assert prompt == role_prompt(role)
