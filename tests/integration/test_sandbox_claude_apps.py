"""The stand-in's apps work in a real browser, under the policy that published sites have."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.sandbox.claude.crew.app_request import read_request
from bot.sandbox.claude.crew.apps import render_app
from tests.browser import find_chromium, running_browser

pytestmark = [
    pytest.mark.xdist_group("stand-in's apps"),
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this system"),
]

REQUEST_TEXTS = {
    "todo": "Build me a todo app with modern UI",
    "notes": "I need notes",
    "counter": "a counter in dark green",
    "calculator": "a calculator",
    "quiz": "a pink quiz",
    "landing": "A landing page for Rosa's <b>bakery</b> & café",
}
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'"
)
PHONE: ViewportSize = {"width": 360, "height": 740}


class _Site(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root: Path = tmp_path_factory.mktemp("apps")
    for name, request_text in REQUEST_TEXTS.items():
        for path, text in render_app(read_request(request_text)).items():
            (root / name).mkdir(exist_ok=True)
            (root / name / path).write_text(text, "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def open_app(browser: Browser, site: str) -> Iterator[Callable[[str], Page]]:
    """Opens an app on a phone; at the end nothing may have gone wrong or stuck out."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_app(name: str) -> Page:
        page = browser.new_page(viewport=PHONE)
        page.set_default_timeout(30_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "response",
            lambda answer: complaints.append(answer.url) if answer.status >= 400 else None,
        )
        page.goto(f"{site}/{name}/")
        pages.append(page)
        return page

    yield open_app
    for page in pages:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.close()
    assert complaints == []


def test_todo(open_app: Callable[[str], Page]) -> None:
    page = open_app("todo")
    for task in ("Water the plants", "Buy <b>bread</b>"):
        page.get_by_label("New task").fill(task)
        page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#tasks label", has_text="Water the plants").click()
    page.get_by_role("button", name="Edit Buy").click()
    page.get_by_label("Task", exact=True).fill("Buy rye bread")
    page.keyboard.press("Enter")

    page.reload()
    expect(page.locator("#tasks .text")).to_have_text(["Buy rye bread", "Water the plants"])
    expect(page.get_by_role("checkbox", name="Water the plants")).to_be_checked()
    expect(page.locator("#count")).to_have_text("1 of 2 left")
    page.get_by_text("Open", exact=True).click()
    expect(page.locator("#tasks .text")).to_have_text(["Buy rye bread"])
    page.get_by_text("All", exact=True).click()
    page.get_by_role("button", name="Clear done").click()
    expect(page.locator("#tasks li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#tasks li")).to_have_count(2)


def test_notes(open_app: Callable[[str], Page]) -> None:
    page = open_app("notes")
    for title in ("Ideas", "Shopping"):
        page.get_by_role("button", name="New note").click()
        page.get_by_label("Title").fill(title)
        page.get_by_label("Note", exact=True).fill(f"All about {title}")
        page.get_by_role("button", name="All notes").click()

    page.reload()
    expect(page.locator("#notes strong")).to_have_text(["Shopping", "Ideas"])
    page.get_by_label("Search notes").fill("about ideas")
    expect(page.locator("#notes strong")).to_have_text(["Ideas"])
    page.locator("#notes button").click()
    page.get_by_role("button", name="Delete this note").click()
    page.get_by_label("Search notes").fill("")
    expect(page.locator("#notes li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#notes li")).to_have_count(2)


def test_counter(open_app: Callable[[str], Page]) -> None:
    page = open_app("counter")
    for _ in range(3):
        page.get_by_role("button", name="Count My counter up").click()
    page.get_by_label("New counter").fill("Birds")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Count Birds down").click()

    page.reload()
    expect(page.locator("output")).to_have_text(["3", "-1"])
    page.get_by_role("button", name="Reset My counter").click()
    expect(page.locator("output").first).to_have_text("0")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("output").first).to_have_text("3")


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        ("2+3*4", "14"),
        ("(2+3)*4", "20"),
        ("2*-3", "−6"),
        ("7-2-1", "4"),
        ("0.1+0.2", "0.3"),
        ("8/4/2", "1"),
        ("2(3+4", "14"),
        ("5+*3", "15"),
        ("1/0", "Can't divide by zero"),
    ],
)
def test_calculator_by_keyboard(open_app: Callable[[str], Page], keys: str, result: str) -> None:
    page = open_app("calculator")
    page.keyboard.type(keys)
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_have_text(result)


def test_calculator_by_touch_keeps_its_history(open_app: Callable[[str], Page]) -> None:
    page = open_app("calculator")
    for name in ("1", "2", "Multiply", "3"):
        page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#sum")).to_have_text("= 36")
    page.get_by_role("button", name="Equals").click()

    page.reload()
    page.locator("#history button").click()
    expect(page.locator("#result")).to_have_text("36")
    page.get_by_role("button", name="Clear history").click()
    expect(page.locator("#past")).to_be_hidden()


def test_quiz(open_app: Callable[[str], Page]) -> None:
    page = open_app("quiz")
    page.get_by_text("Your own questions").click()
    page.get_by_label("Question", exact=True).fill("What is the cat's name?")
    page.get_by_label("Right answer").fill("Minka")
    page.get_by_label("Wrong answer 1").fill("Felix")
    page.get_by_role("button", name="Add the question").click()

    page.reload()
    page.get_by_role("button", name="Start the quiz").click()
    asked = []
    for _ in range(9):
        asked.append(page.locator("#question").inner_text())
        page.locator("#answers button").first.click()
        expect(page.locator("#answers .right")).to_have_count(1)
        page.locator("#next").click()
    assert "What is the cat's name?" in asked
    assert len(set(asked)) == 9
    expect(page.locator("#score")).to_contain_text("/ 9")


def test_landing_page(open_app: Callable[[str], Page]) -> None:
    page = open_app("landing")
    expect(page.locator("blockquote")).to_have_text(REQUEST_TEXTS["landing"])
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your message").fill("Lovely <i>bread</i>!")
    page.get_by_role("button", name="Sign").click()

    page.reload()
    expect(page.locator("#messages p")).to_have_text("Lovely <i>bread</i>!")
    page.get_by_role("button", name="Delete the message of Ada").click()
    expect(page.locator("#messages li")).to_have_count(0)


@pytest.mark.parametrize("name", REQUEST_TEXTS)
def test_every_field_and_button_has_a_name(open_app: Callable[[str], Page], name: str) -> None:
    page = open_app(name)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input, textarea, button")]
            .filter((e) => !e.labels?.length && !e.ariaLabel && !e.textContent.trim())
            .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
