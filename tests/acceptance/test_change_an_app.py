"""A user asks for something different and gets the next version at the same link."""

from urllib.request import urlopen

import pytest

from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced


@pytest.mark.smoke
def test_a_change_becomes_version_two_under_the_same_link(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    first = phone.wait_for(announced, 60)
    link = link_in(first)
    with urlopen(link) as answer:
        before = answer.read()

    phone.say("Change the title to Groceries")
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    assert link_in(second) == link
    with urlopen(link) as answer:
        after = answer.read()
    assert b"Groceries" in after
    assert after != before
    first_version = stack.rows("SELECT version_token FROM version WHERE number = 1")[0]
    with urlopen(f"{stack.sites_url}/{first_version['version_token']}/") as answer:
        assert written(answer.read()) == written(before)


def written(page: bytes) -> bytes:
    """A page but for its head, where each link adds its own addresses."""
    return page.partition(b"</head>")[2]


def test_the_reviewer_of_a_change_reads_what_is_different(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 60)
    assert "changed_lines" not in stack.brief_of("code_reviewer")
    phone.say("Add a button for sounds")
    phone.wait_for(announced, 60, after=first.position)

    engineer, reviewer = stack.brief_of("frontend"), stack.brief_of("code_reviewer")
    for brief in (engineer, reviewer):
        design = brief.partition("<design>")[2].partition("</design>")[0]
        assert "when the app was made" in design
        assert '"signature"' in design
    planner = stack.brief_of("orchestrator").partition("<app>")[2].partition("</app>")[0]
    assert "What it is: Counter: a page of counters" in planner
    assert "as the engineer told the user: “" in planner
    assert "<sources>\n=== app.js\n" in engineer
    assert "--- before/index.html\n+++ now/index.html" in reviewer
    calls = [c["tools_called"] for c in stack.model_calls() if c["role"] == "frontend"]
    assert calls[1:] == [["replace_in_file", "hand_in"]]
