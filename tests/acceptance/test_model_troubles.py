"""When the model fails: retried where that helps, told in plain words where it does not."""

import re
from urllib.request import urlopen

import pytest

from bot.crew.transcript import EMPTY_ANSWER
from bot.sandbox.claude.faults import ClaudeFault, FaultKind
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from bot.workflows.substitutes import NO_DATA_MODEL, NO_DESIGN
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced


@pytest.mark.parametrize(
    "fault",
    ["overloaded", "overloaded_mid_stream", "cut_stream", "no_message_stop", "rate_limit"],
)
def test_a_passing_fault_is_retried_and_the_app_is_built(stack: Stack, fault: FaultKind) -> None:
    stack.fail_model(fault, "designer")
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(announced, 90)


def test_an_answer_cut_off_by_the_output_limit_is_continued(stack: Stack) -> None:
    stack.fail_model("max_tokens", "frontend")
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(announced, 90)


def test_refusals_that_the_build_can_do_without_do_not_end_it(stack: Stack) -> None:
    roles = {"designer", "backend", "code_reviewer"}
    for role in roles:
        stack.fail_model("refusal", role)
    phone = stack.phone()
    phone.say("Build me a poll")
    phone.wait_for(announced, 60)

    without_answer = stack.rows(
        "SELECT agent_type FROM agent WHERE terminated_at IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM turn WHERE turn.agent_id = agent.agent_id)"
    )
    assert {row["agent_type"] for row in without_answer} == {*roles, "devops"}  # who is not asked
    assert stack.rows("SELECT status FROM build") == [{"status": "completed"}]
    brief = stack.brief_of("frontend")
    assert NO_DESIGN.summary in brief
    assert NO_DATA_MODEL.summary in brief
    assert "POST api/collections/NAME" in brief
    told = "\n".join(m.body for m in phone.messages() if m.direction == "outbound")
    for ours in (NO_DESIGN.summary, NO_DATA_MODEL.summary, EMPTY_ANSWER):
        assert ours not in told


def test_a_refusal_of_the_engineer_is_told_in_plain_words(stack: Stack) -> None:
    stack.fail_model("refusal", "frontend")
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(lambda m: "not able to build that one" in m.body, 60)

    assert stack.rows("SELECT status FROM build") == [{"status": "failed"}]
    assert stack.rows("SELECT status FROM request") == [{"status": "failed"}]
    assert stack.rows("SELECT 1 FROM version") == []


def test_what_was_refused_is_not_asked_of_the_app_that_is_built_instead(stack: Stack) -> None:
    stack.fail_model("refusal", "frontend")
    phone = stack.phone()
    phone.say("Build me a counter")
    refused = phone.wait_for(lambda m: "not able to build that one" in m.body, 60)
    phone.say("Change the title to Birds, in green")
    phone.wait_for(announced, 60, after=refused.position)

    assert stack.rows("SELECT count(*) AS apps FROM project") == [{"apps": 1}]
    brief = stack.brief_of("frontend")
    (asked,) = re.findall("<requirements>(.*?)</requirements>", brief, re.S)
    assert ("Birds" in asked, "counter" in asked) == (True, False)
    assert stack.rows(
        "SELECT holds FROM project, requirements_of(project_id, NULL) WHERE build_id ="
        " (SELECT build_id FROM build WHERE failure = 'ModelRefused')"
    ) == [{"holds": False}]


def failed_change(stack: Stack) -> tuple[Phone, str, PhoneMessage]:
    """An app whose change ended halfway: the phone, the app's link, and the last message."""
    phone = stack.phone()
    phone.say("Build me a todo app")
    link = link_in(phone.wait_for(announced, 60))
    stack.claude.faults.add([ClaudeFault(fault="refusal", role="frontend", after_turns=2)])
    phone.say("Change the title to Groceries, step by step")
    return phone, link, phone.wait_for(lambda m: "not able to build that one" in m.body, 60)


def test_what_a_failed_change_had_written_is_not_what_is_published_again(stack: Stack) -> None:
    phone, link, failed = failed_change(stack)
    phone.say("Publish it again")
    again = phone.wait_for(lambda m: link in m.body, 60, after=failed.position)
    with urlopen(link) as answer:
        assert b"Groceries" not in answer.read()

    phone.say("try again")  # that made no version which the change would know nothing of
    phone.wait_for(lambda m: "Version 2" in m.body, 60, after=again.position)
    with urlopen(link) as answer:
        assert b"Groceries" in answer.read()


def test_a_failed_change_is_kept_and_goes_on_where_it_was(stack: Stack) -> None:
    phone, link, failed = failed_change(stack)
    phone.say("versions")
    listed = phone.wait_for(lambda m: "The versions of" in m.body, 30)
    assert "unfinished; *try again*" in listed.body

    phone.say("try again")
    phone.wait_for(announced, 60, after=failed.position)

    with urlopen(link) as answer:
        assert b"Groceries" in answer.read()
