"""The stage beside the demo's phone, in a real browser: what a visitor sees, breaks and is told.

One demo for all of it; each scenario is another user's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import count
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.acceptance.demos import PHONE, demo
from tests.browser import running_browser, set_hidden
from tests.found import found

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(400),  # each waits for a build
    pytest.mark.xdist_group("browser check"),
]

WIDE, NARROW = (1440, 900), (390, 844)
LONG = 120_000  # milliseconds that a whole build may take beside other tests

SOMEBODY_ELSES = "The model broke off somebody else's call"
ATTEMPTS = 3  # until nobody else's call meets a failure that was meant for the next one

_numbers = count(100)  # behind those of the two who hold the phone by themselves


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("stage")
    with demo(folder) as output:
        yield found(PHONE, output.read_text())[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@contextmanager
def visit(
    browser: Browser, url: str, size: tuple[int, int] = WIDE, *, loses_the_stream: bool = False
) -> Iterator[Page]:
    """The stage of somebody new; nothing may be wrong in the browser's console at the end."""
    address = quote(f"whatsapp:+1555010{next(_numbers):04}")
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"{url}/?as={address}")
    expect(page.locator("#presence")).to_have_text("online")
    yield page
    context.close()
    assert wrong == [] or loses_the_stream


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def press(page: Page, name: str) -> None:
    page.locator("#controls").get_by_role("button", name=name).click()


def effects(page: Page) -> Locator:
    return page.get_by_label("What came of it")


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is."""
    # By hand, since the page's policy lets no other script in; nor would it let axe copy the sheets
    # that a sheet imports.
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, {iframes: false, preload: false})")
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found["violations"]]


def test_an_empty_stage_invites_and_a_tap_is_granted(url: str, browser: Browser) -> None:
    with visit(browser, url) as page:
        behind = page.get_by_label("Behind the chat", exact=True)
        expect(behind.get_by_text("this page shows what it sets off")).to_be_visible()
        expect(behind.get_by_text("WhatsApp (this phone) and Claude")).to_be_visible()
        assert violations(page) == []

        page.get_by_role("button", name="A counter for my push-ups").click()

        expect(page.locator("#rail .done")).to_have_count(6, timeout=LONG)
        expect(page.locator("#head .state")).to_have_text("ready")
        expect(page.locator("#head .title")).to_have_text("A counter for my push-ups")
        expect(page.locator("#head .figures")).to_contain_text(re.compile(r"\$0\.\d{4}"))
        for role in ("orchestrator", "designer", "frontend", "QA", "code reviewer", "devops"):
            expect(page.locator(".lane", has_text=role).first).to_be_visible()
        expect(page.locator("#lanes .k-model")).not_to_have_count(0)
        expect(page.locator("#lower .tag")).to_have_text("version 1, published")
        expect(page.locator("#lower .files tbody tr")).not_to_have_count(0)
        expect(page.frame_locator("#lower iframe").get_by_role("button").first).to_be_visible()
        expect(page.locator(".falls").get_by_text("workflow:full_build")).to_be_visible()
        expect(page.locator(".falls").get_by_text(re.compile("messages? sent"))).to_be_visible()
        expect(page.get_by_text("Tell me what you'd like to change.")).to_be_in_viewport()
        link = page.get_by_role("link", name="in the console")
        assert "/console/requests/" in str(link.get_attribute("href"))

        page.get_by_role("link", name="Brief for designer").click()
        sheet = page.get_by_role("dialog", name="orchestrator v1 hands over to designer v1")
        expect(sheet.get_by_text("A counter for my push-ups")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        assert violations(page) == []


def test_on_a_narrow_screen_the_stage_is_a_drawer(url: str, browser: Browser) -> None:
    with visit(browser, url, NARROW) as page:
        drawer = page.get_by_label("Behind the chat", exact=True)
        expect(drawer).to_be_hidden()
        expect(page.locator("#peek")).to_contain_text("Nothing runs yet")
        say(page, "Make a quiz about the planets")
        expect(page.locator("#peek")).to_contain_text("ready", timeout=LONG)
        assert violations(page) == []

        page.locator("#peek").click()

        expect(drawer.get_by_text("version 1, published")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(drawer).to_be_hidden()


def test_tokens_count_while_a_call_is_under_way(url: str, browser: Browser) -> None:
    with visit(browser, url) as page:
        press(page, "Claude’s pace")
        say(page, "Build me a todo app with modern UI")
        alive = page.locator(".lane.alive", has_text="designer")
        expect(alive.locator(".doing")).to_have_text("thinks", timeout=LONG)
        expect(alive.locator(".k-open")).to_have_count(1)
        # Of a call that has not ended, the memory fills up all the same.
        expect(alive.locator(".mem p")).not_to_have_text("0 %")
        expect(page.locator(".lane.later")).not_to_have_count(0)
        expect(page.locator("#lower .tag")).to_have_text("draft, nobody else sees it")

        press(page, "Kill the worker")

        expect(effects(page)).to_contain_text("The worker was killed")
        expect(effects(page)).to_contain_text("taken over after", timeout=LONG)
        press(page, "at once")
        expect(page.locator("#head .state")).to_have_text("ready", timeout=LONG)
        lost = page.locator("#lanes .k-gap title", has_text="lost with its worker")
        expect(lost).to_have_count(1)

        app = page.frame_locator("#lower iframe")  # with forms, and a memory of its own
        app.get_by_placeholder("What needs to be done?").fill("Water the plants")
        app.get_by_role("button", name="Add").click()
        expect(app.get_by_text("Water the plants")).to_be_visible()
        page.reload()
        expect(app.get_by_text("Water the plants")).to_be_visible()


def test_a_draft_is_tried_with_data_that_is_shared_with_nobody(url: str, browser: Browser) -> None:
    with visit(browser, url) as page:
        press(page, "Claude’s pace")
        say(page, "Build me a poll for our lunch")
        told = page.locator(".forgotten")
        expect(told).to_contain_text("begins when it is published", timeout=LONG)
        expect(page.locator("#lower .tag")).to_have_text("draft, nobody else sees it")
        app = page.frame_locator("#lower iframe")
        app.get_by_role("button", name="Vote for Yes").click()
        expect(app.get_by_text("Yes: 1 vote")).to_be_visible()
        press(page, "at once")

        expect(page.locator("#lower .tag")).to_have_text("version 1, published", timeout=LONG)

        expect(told).to_contain_text("the app behind “open” keeps it")
        expect(app.get_by_text("Yes: 0 votes")).to_be_visible()


def test_a_lost_webhook_is_found_in_twilios_list(url: str, browser: Browser) -> None:
    with visit(browser, url) as page:
        press(page, "Lose a webhook")
        expect(effects(page)).to_contain_text("Armed")
        expect(page.get_by_role("button", name="Lose a webhook armed")).to_be_visible()

        say(page, "Build me a counter")

        expect(effects(page)).to_contain_text("was in Twilio's list: taken in after")
        expect(page.get_by_role("button", name="Lose a webhook armed")).to_have_count(0)
        expect(page.locator("#head .state")).to_have_text("ready", timeout=LONG)


def test_a_model_that_breaks_off_is_asked_again(url: str, browser: Browser) -> None:
    """What a test before this one has left at work may meet the failure first, as the page says."""
    for _ in range(ATTEMPTS):
        with visit(browser, url) as page:
            press(page, "Fail the model")
            armed = re.compile(f"Armed: the next model call|{SOMEBODY_ELSES}")
            expect(effects(page)).to_contain_text(armed)
            say(page, "Build me a counter")
            expect(page.locator("#head .state")).to_have_text("ready", timeout=LONG)
            if SOMEBODY_ELSES not in effects(page).inner_text():
                expect(effects(page)).to_contain_text("asked again, answered after")
                return
    pytest.fail("each time it was somebody else's call")


def test_a_closed_window_holds_messages_back_until_the_user_writes(
    url: str, browser: Browser
) -> None:
    with visit(browser, url) as page:
        say(page, "Build me a counter")
        expect(page.locator("#head .state")).not_to_have_text("ready")
        press(page, "Close the window")
        expect(effects(page)).to_contain_text("held back", timeout=LONG)

        say(page, "status")

        expect(effects(page)).to_contain_text("The window is open again", timeout=LONG)


def test_a_small_memory_makes_an_engineer_hand_over(url: str, browser: Browser) -> None:
    with visit(browser, url) as page:
        press(page, "12k")
        expect(page.get_by_role("button", name="12k", pressed=True)).to_be_visible()
        expect(effects(page)).to_contain_text("Small memory is on: 12,000 tokens")
        say(page, "Build me a todo app with modern UI, step by step")

        full = page.get_by_role("link", name="Memory full: handoff").first
        expect(full).to_be_visible(timeout=LONG)
        expect(page.locator("#lanes .thr.critical").first).to_be_attached()
        expect(page.locator(".lane", has_text="frontend v2")).to_be_visible()
        full.click()
        sheet = page.get_by_role("dialog", name="frontend v1 hands over to frontend v2")
        expect(sheet.get_by_text("its memory was full")).to_be_visible()
        page.keyboard.press("Escape")

        press(page, "8k")
        expect(effects(page)).to_contain_text("Small memory is on: 8,000 tokens")
        expect(page.locator("#head .state")).to_have_text("ready", timeout=LONG)
        expect(page.locator(".lane", has_text="frontend v3")).to_be_visible()
        # Of so many agents each is one line, and its document is still one click away.
        folded = page.locator(".lane.folded", has_text="frontend v1")
        folded.get_by_role("link", name="Memory full: handoff").click()
        expect(sheet).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        press(page, "200k")
        expect(page.get_by_role("button", name="200k", pressed=True)).to_be_visible()


def test_nothing_passes_between_two_people(url: str, browser: Browser) -> None:
    with visit(browser, url) as page:
        page.goto(f"{url}/both")
        sam, ana = page.frame_locator("iframe").nth(0), page.frame_locator("iframe").nth(1)
        sam.get_by_role("button", name="A landing page for my bakery").click()
        expect(sam.locator("#peek")).to_contain_text("ready", timeout=LONG)
        expect(ana.locator("#peek")).to_contain_text("Nothing runs yet")
        expect(ana.get_by_text("What shall we build?")).to_be_visible()

        with page.expect_request("**/phone/messages") as said:
            ana.get_by_label("Message", exact=True).fill("Hello there!")
            page.keyboard.press("Enter")
        sent = said.value.post_data_json
        assert sent is not None
        assert sent["profile_name"] == "Ana"
        expect(sam.get_by_text("Hello there!")).to_have_count(0)


def test_what_people_write_is_text_in_its_own_direction(url: str, browser: Browser) -> None:
    with visit(browser, url) as page:
        asked = "اصنع لي تطبيق مهام <script>alert(1)</script>"
        say(page, asked)
        title = page.locator("#head .title")
        expect(title).to_have_text(asked, timeout=LONG)
        assert title.evaluate("e => getComputedStyle(e).direction") == "rtl"
        assert page.locator("#lanes").evaluate("e => getComputedStyle(e).direction") == "ltr"


def test_a_lost_stream_is_told_and_taken_up_again(url: str, browser: Browser) -> None:
    with visit(browser, url, loses_the_stream=True) as page:
        page.route("**/stage/events*", lambda route: route.abort())
        page.reload()
        expect(page.locator("#lost")).to_contain_text("Not live since")
        page.unroute_all()
        expect(page.locator("#lost")).to_be_hidden()


def test_tabs_that_nobody_sees_leave_the_connections_to_the_one_that_is_seen(
    url: str, browser: Browser
) -> None:
    with visit(browser, url) as page:
        for _ in range(3):  # with two streams each, a browser's six connections
            set_hidden(page, True)
            page = page.context.new_page()
            page.goto(url)
            expect(page.locator("#presence")).to_have_text("online")
        press(page, "Lose a webhook")
        expect(effects(page)).to_contain_text("Armed")


def test_strangers_pages_press_no_button(url: str) -> None:
    asked = Request(
        f"{url}/stage/break/worker", method="POST", headers={"Origin": "http://elsewhere.test"}
    )
    with pytest.raises(HTTPError) as refused:
        urlopen(asked)
    with refused.value as answer:
        assert answer.code == 403

    with urlopen(f"{url}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy

    with pytest.raises(HTTPError) as rebound:
        urlopen(Request(url, headers={"Host": "rebound.example.com"}))
    with rebound.value as answer:
        assert answer.code == 403
