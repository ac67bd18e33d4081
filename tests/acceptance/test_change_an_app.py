"""A user asks for something different and gets the next version at the same link."""

import re
from urllib.request import urlopen

import pytest

from tests.acceptance.stack import Stack, announced

pytestmark = pytest.mark.smoke

LINK = re.compile(r"http://\S+/")


def test_a_change_becomes_version_two_under_the_same_link(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    first = phone.wait_for(announced, 60)
    link = LINK.search(first.body)[0]
    with urlopen(link) as answer:
        before = answer.read()

    phone.say("Change the title to Groceries")
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    assert LINK.search(second.body)[0] == link
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
