"""An operator logs in with a browser and acts from the pages; by keyboard too, and for everybody.

A user's app is being written, a message of theirs was not delivered.
"""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.builds.builds import AWAITS_ANSWER
from bot.sandbox.twilio.faults import TwilioFault
from tests.acceptance.lending import Lender
from tests.acceptance.stack import Stack, eventually
from tests.browser import running_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser check")]

WORDS = "Build me a counter"
NUMBER = "+15550109988"
AXE = files("axe_playwright_python") / "axe.min.js"
AXE_RULES = "() => axe.run(document, {resultTypes: ['violations']})"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def stack(lender: Lender) -> Iterator[Stack]:
    with lender.lend({"VIEWER_TOKEN": "acceptance-viewer-token"}) as stack:
        yield stack


def page_of(browser: Browser, said: list[str], width: int = 1440) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return page


def log_in(page: Page, stack: Stack, token: str, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Token").fill(token)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def demand_access(page: Page) -> None:
    """By axe, and without a sideways scroll."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(AXE_RULES)["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_request_is_cancelled_its_words_are_shown_and_a_message_is_sent_again(
    stack: Stack, browser: Browser
) -> None:
    stack.hold_model("frontend")
    phone = stack.phone(NUMBER)
    phone.say("help")
    phone.wait_for(lambda message: message.direction == "outbound", 60)
    stack.twilio.broker.faults.add([TwilioFault(when="delivery", code=63024)])
    phone.say(WORDS)
    writing = "SELECT FROM agent WHERE agent_type = 'frontend'"
    eventually(lambda: stack.rows(writing), "it is being written")
    failed = "SELECT id FROM outbox WHERE state = 'failed'"
    eventually(lambda: stack.rows(failed), "a message is lost")
    (asked,) = stack.rows(
        "SELECT request_id FROM inbound_message WHERE body = 'Build me a counter'"
    )
    said: list[str] = []
    page = page_of(browser, said)

    page.goto(f"{stack.public_url}/console/requests/{asked['request_id']}")
    demand_access(page)
    log_in(page, stack, "acceptance-operator-token", "Kim Ō")
    expect(page.locator("#head")).to_contain_text("Counter")
    page.get_by_role("link", name="Resend").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="Leave it")).to_be_focused()
    demand_access(page)
    dialog.get_by_label("Why").fill("it was an outage")
    dialog.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status")).to_contain_text("queued again")

    page.goto(f"{stack.public_url}/console/requests/{asked['request_id']}")
    assert WORDS not in page.content()
    page.get_by_role("link", name="Show words").click()
    page.get_by_label("Why").fill("they say that it is wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS)).to_be_visible()
    demand_access(page)

    page.go_back()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_label("Why").fill("it burns tokens")
    page.get_by_role("button", name="Cancel the request").click()
    expect(page.get_by_role("status")).to_contain_text("cancelled")
    phone.wait_for(lambda message: "have stopped the work on" in message.body, 60)
    noted = stack.rows("SELECT operator, action FROM audit ORDER BY audit_id")
    assert [(row["operator"], row["action"]) for row in noted] == [
        ("Kim Ō", "resend"),
        ("Kim Ō", "show_words"),
        ("Kim Ō", "cancel"),
    ]
    expect(page.get_by_role("link", name="Cancel")).to_have_count(0)
    stack.rows(f"UPDATE build SET failure = '{AWAITS_ANSWER}' RETURNING build_id")
    page.reload()
    expect(page.get_by_role("link", name="Cancel")).to_have_count(1)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    assert said == []
    recorded = stack.rows(
        "SELECT string_agg(to_jsonb(records_all)::text, '') AS all FROM records_all"
    )
    assert NUMBER[1:] not in str(recorded)
    page.context.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_a_viewer_sees_the_pages_and_no_button_that_acts(
    stack: Stack, browser: Browser, width: int
) -> None:
    said: list[str] = []
    page = page_of(browser, said, width)
    page.goto(f"{stack.public_url}/console")
    log_in(page, stack, "acceptance-viewer-token", "Vic")
    expect(page.get_by_text("Vic, viewer")).to_be_visible()
    expect(page.get_by_role("link", name="Pause intake")).to_have_count(0)
    demand_access(page)
    answer = page.goto(f"{stack.public_url}/console/acts/pause/intake")
    assert answer is not None
    assert (answer.status, "Viewers may look" in answer.text()) == (403, True)
    page.context.close()
