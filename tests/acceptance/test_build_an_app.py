"""A user texts a request and ends with the link of an app that works.

All look at what one build has left.
"""

from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.lending import Lender
from tests.acceptance.messages import LINK
from tests.acceptance.stack import Stack
from tests.browser import running_browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser check")]


@pytest.fixture(scope="module")
def stack(lender: Lender) -> Iterator[Stack]:
    """As it is by default: an app is tried in a browser before it is ready."""
    with lender.lend({"CHECK_APPS": "true"}) as whole:
        yield whole


@pytest.fixture(scope="module")
def phone(stack: Stack) -> Phone:
    """Somebody who asked for a todo app and got it."""
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    phone.wait_for(lambda m: "is ready" in m.body, 120)
    return phone


@pytest.fixture(scope="module")
def link(phone: Phone) -> str:
    """The link that "Build me a todo app" ends with."""
    return next(m[0] for m in (LINK.search(message.body) for message in phone.messages()) if m)


def test_the_user_reads_each_milestone_once_and_in_order(phone: Phone) -> None:
    said = [m.body for m in phone.messages() if m.direction == "outbound"]

    assert len(said) == 5
    understood, designed, built, pictured, published = said
    assert "offline stand-in" in understood
    assert designed.startswith("The design is done")
    assert built.startswith("It's built")
    assert pictured == "This is *Todo* on a phone."
    assert LINK.search(published)


def test_what_was_done_is_in_the_database(stack: Stack, link: str) -> None:
    assert stack.rows("SELECT status, phase, workflow FROM build") == [
        {"status": "completed", "phase": "completed", "workflow": "full_build"}
    ]
    agents = stack.rows(
        "SELECT agent_type, version, state, termination_reason FROM agent ORDER BY spawned_at"
    )
    assert sorted(tuple(agent.values()) for agent in agents) == [
        ("code_reviewer", 1, "TERMINATED", "task_completed"),
        ("designer", 1, "TERMINATED", "task_completed"),
        ("devops", 1, "TERMINATED", "task_completed"),
        ("frontend", 1, "TERMINATED", "task_completed"),
        ("orchestrator", 1, "TERMINATED", "task_completed"),
        ("qa", 1, "TERMINATED", "task_completed"),  # who wrote down what it must do
        ("qa", 2, "TERMINATED", "task_completed"),  # who judged it
    ]
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": 1}]
    (spent,) = stack.rows("SELECT count(*) AS calls, sum(cost_usd) AS cost FROM model_call")
    assert spent["calls"] == len(stack.model_calls())
    assert spent["cost"] > 0


def test_the_picture_is_the_page_on_a_phone(stack: Stack, link: str) -> None:
    lists = "SELECT acceptance <> 'null' AS has_list FROM trial ORDER BY tried_at"
    assert [row["has_list"] for row in stack.rows(lists)] == [True]  # by what was agreed
    (message,) = stack.rows(
        "SELECT media.content_type, media.content, trial.picture FROM outbox"
        " JOIN media USING (media_id), trial"
        " WHERE outbox.kind = 'picture' AND acceptance <> 'null'"
    )
    assert message["content_type"] == "image/png"
    assert message["content"] == message["picture"]
    assert stack.rows("SELECT choices FROM outbox WHERE kind = 'picture'") == [{"choices": None}]


def test_the_files_are_byte_identical_to_what_the_frontend_agent_wrote(
    stack: Stack, link: str
) -> None:
    files = stack.rows(
        "SELECT path, content FROM workspace_file JOIN blob USING (project_id, sha256)"
    )
    assert {"index.html", "styles.css", "app.js"} <= {file["path"] for file in files}
    for file in files:
        with urlopen(link + file["path"]) as answer:
            served = answer.read()
        if file["path"] == "index.html":
            # Its head is completed on the way.
            written, served = (one[one.index(b"<body") :] for one in (file["content"], served))
            assert served == written
        else:
            assert served == file["content"]


def test_the_app_works_and_keeps_its_data(stack: Stack, link: str) -> None:
    with running_browser() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        problems = watch(page)
        page.goto(link)
        page.get_by_role("textbox").first.fill("Buy oat milk")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Buy oat milk")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Buy oat milk")).to_be_visible()
        assert problems == []


def test_the_app_still_answers_after_a_restart_of_everything(stack: Stack, link: str) -> None:
    with urlopen(link) as answer:
        before = answer.read()
    stack.disturb().stop()
    stack.start_web()
    stack.start_worker()
    with urlopen(link) as answer:
        assert answer.read() == before


def watch(page: Page) -> list[str]:
    """Collects what goes wrong on a page: console errors, exceptions, failed requests."""
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.append(request.url))
    return problems
