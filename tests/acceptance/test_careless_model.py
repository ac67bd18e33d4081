"""What a model answers carelessly harms nothing: it can be sent again, and is not believed."""

import pytest

from bot.sandbox.claude.faults import ClaudeFault, FaultKind
from tests.acceptance.stack import Stack, announced


@pytest.mark.parametrize("fault", ["whitespace", "repeated_ids"])
def test_an_app_is_built_by_a_model_whose_answers_could_not_be_sent_again(
    stack: Stack, fault: FaultKind
) -> None:
    stack.fail_model(fault, "frontend", times=99)
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)

    answers = [row["answer"] for row in stack.rows("SELECT answer FROM turn")]
    assert answers
    assert not [answer for answer in answers if '"text":"\\n' in answer or "call_0" in answer]


@pytest.mark.parametrize("fault", ["nonsense", "silent_end"])
def test_an_engineer_who_claims_to_be_done_without_files_is_not_believed(
    stack: Stack, fault: FaultKind
) -> None:
    stack.fail_model(fault, "frontend")
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)

    said = [m.body for m in phone.messages()]
    assert not [body for body in said if "no answer" in body or "something else instead" in body]


def test_a_conversation_that_is_refused_is_handed_over_and_never_repeated(stack: Stack) -> None:
    stack.claude.faults.add([ClaudeFault(fault="invalid_request", role="frontend", after_turns=1)])
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    phone.wait_for(announced, 60)

    versions = stack.rows("SELECT version FROM agent WHERE agent_type = 'frontend' ORDER BY 1")
    assert versions == [{"version": 1}, {"version": 2}]
    refused = [c for c in stack.model_calls() if c["fault"] == "invalid_request"]
    assert len(refused) == 1


def test_a_prompt_that_is_too_long_is_told_at_once_as_what_it_is(stack: Stack) -> None:
    stack.fail_model("prompt_too_long", "router")
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(lambda m: "too big for me in one go" in m.body, 30)
    assert [call["role"] for call in stack.model_calls()] == ["router"]


def test_a_window_too_small_for_the_task_is_told_after_one_handoff(stack: Stack) -> None:
    too_long = ClaudeFault(fault="prompt_too_long", role="frontend", after_turns=1, times=60)
    stack.claude.faults.add([too_long])
    phone = stack.phone()
    phone.say("Build me a counter, step by step")

    phone.wait_for(lambda m: "too big for me in one go" in m.body, 60)

    told = [message.body for message in phone.messages()]
    assert sum("This is a big one" in body for body in told) == 1
    assert stack.rows("SELECT status FROM build") == [{"status": "failed"}]
