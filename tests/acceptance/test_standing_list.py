"""A change is held to what its app was proven to do, in whatever language its user reads."""

import json
from urllib.request import urlopen

import pytest

from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser check")]


@pytest.fixture
def stack_settings() -> dict[str, str]:
    return {"CHECK_APPS": "true"}


def test_an_app_keeps_its_language_when_its_user_changes_to_another(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    said = phone.wait_for(announced, 90)
    phone.say("speak Spanish please")
    said = phone.wait_for(lambda m: "te escribo en español" in m.body, 30, after=said.position)

    phone.say("Make it blue")
    said = phone.wait_for(lambda m: "La versión 2" in m.body, 90, after=said.position)

    (engineer,) = stack.rows(
        "SELECT opening FROM agent WHERE agent_type = 'frontend' ORDER BY spawned_at DESC LIMIT 1"
    )
    told = json.loads(engineer["opening"])[0]["text"]
    assert "The user reads Spanish in the chat; the page keeps the language that it has" in told
    with urlopen(link_in(said)) as answer:
        assert b'lang="en"' in answer.read()
    rounds = stack.rows("SELECT outcome FROM review_round")
    assert rounds == [{"outcome": "passed"}] * 2
    lists = stack.rows("SELECT DISTINCT acceptance FROM trial WHERE acceptance <> 'null'")
    assert [json.loads(row["acceptance"])["language"] for row in lists] == ["en"]
