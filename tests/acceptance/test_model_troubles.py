"""When the model fails: retried where that helps, told in plain words where it does not."""

import pytest

from tests.acceptance.stack import Stack, announced


@pytest.mark.parametrize(
    "fault",
    ["overloaded", "overloaded_mid_stream", "cut_stream", "no_message_stop", "rate_limit"],
)
def test_a_passing_fault_is_retried_and_the_app_is_built(stack: Stack, fault: str) -> None:
    stack.fail_model(fault, "designer")
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(announced, 90)


def test_an_answer_cut_off_by_the_output_limit_is_continued(stack: Stack) -> None:
    stack.fail_model("max_tokens", "frontend")
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(announced, 90)


def test_a_refusal_is_told_in_plain_words(stack: Stack) -> None:
    stack.fail_model("refusal", "designer")
    phone = stack.phone()
    phone.say("Build me a counter")

    phone.wait_for(lambda m: "not able to build that one" in m.body, 60)

    assert stack.rows("SELECT status FROM build") == [{"status": "failed"}]
    assert stack.rows("SELECT status FROM request") == [{"status": "failed"}]
    assert stack.rows("SELECT 1 FROM version") == []
