"""The crew costs little more than its engineer alone, though several agents look at the work."""

import pytest

from tests.acceptance.stack import Stack, announced


@pytest.fixture
def stack_settings() -> dict[str, str]:
    return {"CHECK_APPS": "true"}


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_the_crew_uses_at_most_1_6_times_the_tokens_of_its_engineer(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    phone.wait_for(lambda m: announced(m) and "is ready" in m.body, 120)
    (used,) = stack.rows(
        "SELECT sum(tokens)::float AS crew,"
        " sum(tokens) FILTER (WHERE agent_id LIKE 'frontend%%')::float AS engineer"
        " FROM (SELECT agent_id, input_tokens + output_tokens + cache_creation_tokens"
        " + cache_read_tokens AS tokens FROM model_call) AS calls",
        {},
    )

    assert used["crew"] <= 1.6 * used["engineer"]
