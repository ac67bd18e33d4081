"""The hard check calls no broken app sound, and refuses no sound one.

Apps are tried in one browser, each in contexts of its own as in a browser of its own. Those that
keep a browser from answering go through the check's process.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from io import BytesIO

import psutil
import pytest
from PIL import Image
from playwright.async_api import Browser, Mouse

from bot.checks import runner
from bot.checks.acceptance import Acceptance
from bot.checks.checker import check_app
from bot.checks.chromium import find_chromium
from bot.checks.forms import check_forms
from bot.checks.launching import launch
from bot.checks.limits import TIME_LIMIT
from bot.checks.report import CHECKS, CheckRequest, Report, unfinished
from bot.checks.runner import run_in
from bot.checks.site import Site
from bot.checks.steps import ExpectOrder
from bot.crew.trials import EMPTY_PDF
from bot.sandbox.claude.crew.acceptance import click, fill, lacks, reads, that
from tests.checked_apps import FAULTS, SOUND, App, page
from tests.seeded_apps import BROKEN, TWINS
from tests.trials import tried

pytestmark = [pytest.mark.browser, pytest.mark.anyio, pytest.mark.slow]

# A check has a time limit, so no more than two run beside each other.
SOUND_APPS = pytest.mark.xdist_group("checks of sound apps")
BROKEN_APPS = pytest.mark.xdist_group("checks of broken apps")


Try = Callable[..., Awaitable[Report]]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def try_app(anyio_backend: str) -> AsyncIterator[Try]:
    """Tries an app in the browser that the tests of this file share."""
    chromium = find_chromium()
    assert chromium is not None
    browser = (await launch(chromium)).browser

    async def try_app(app: App, *, time_limit: float = TIME_LIMIT) -> Report:
        job = CheckRequest(
            files=app.files,
            pictures={},
            acceptance=app.acceptance,
            browser=chromium,
            time_limit=time_limit,
        )
        return await tried(lambda: run_in(browser, job))

    yield try_app
    await browser.close()


@SOUND_APPS
@pytest.mark.parametrize("name", [*SOUND, *TWINS])
async def test_a_sound_app_is_not_refused(try_app: Try, name: str) -> None:
    report = await try_app((SOUND | TWINS)[name])

    assert report.passed, report.findings_for_agent()
    assert report.picture is not None
    assert report.picture.startswith(b"\x89PNG")
    assert report.outline


async def test_a_page_that_leads_to_its_paper_is_sound() -> None:
    page = (
        '<!doctype html><html lang="en"><head><title>Menu</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,"></head><body><main><h1>Menu</h1>'
        '<p><a href="papers/menu.pdf">Open it as a PDF</a></p></main></body></html>'
    )
    papers = {"papers/menu.pdf": EMPTY_PDF}
    report = await tried(lambda: check_app({"index.html": page}, None, pictures=papers))
    assert report.looks_sound, report.findings_for_agent()
    assert report.outline


async def test_a_numbered_item_that_is_pressed_is_a_button_like_others(try_app: Try) -> None:
    app = App(
        files=page(
            title="Steps",
            body='<ol role="presentation"><li role="button" tabindex="0" value="3"'
            ' aria-labelledby="third"></li></ol><p id="third">Third</p>',
            script="""document.querySelector("li").addEventListener("click", () => {
  document.querySelector("p").textContent = "Third, pressed";
});""",
            style="li{min-height:2rem}",
        ),
        acceptance=SOUND["tip"].acceptance.model_copy(
            update={"criteria": [that("It opens.", reads("Third"))]}
        ),
    )
    report = await try_app(app)

    assert report.passed, report.findings_for_agent()
    assert report.tried.pressed == ("3",)


@pytest.mark.parametrize(
    "act",
    [
        'navigator.clipboard.writeText("Soup, please")',
        'location.href = "mailto:rosa@example.com?subject=Soup"',
        'window.open("https://wa.me/15551234567?text=Soup")',
        'window.open("https://wa.me/15551234567?text=Soup", "_blank", "noopener")',
    ],
)
async def test_a_button_that_hands_something_to_the_phone_or_another_window_is_sound(
    try_app: Try, act: str
) -> None:
    app = App(
        files=page(
            title="Order a soup",
            body="<button>Order</button><p>With the phone.</p>",
            script=f'document.querySelector("button").onclick = () => {{ {act}; }};',
        ),
        acceptance=SOUND["tip"].acceptance.model_copy(
            update={"criteria": [that("It opens.", reads("With the phone."))]}
        ),
    )
    report = await try_app(app)

    assert report.passed, report.findings_for_agent()
    assert report.tried.pressed == ("Order",)


async def test_what_a_component_draws_into_its_shadow_is_read(try_app: Try) -> None:
    app = App(
        files=page(
            title="Shopping",
            body="<my-list></my-list>",
            script="""customElements.define("my-list", class extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = "<style>p { color: #222 }</style><h2>What to buy</h2><p>Soup</p>"
      + '<label>More <input></label><button>Add</button>';
    root.querySelector("button").addEventListener("click", () => {
      root.querySelector("p").textContent += ", " + root.querySelector("input").value;
    });
  }
});""",
        ),
        acceptance=Acceptance(
            language="en",
            keeps_data=False,
            criteria=[
                that(
                    "More can be bought.",
                    reads("What to buy"),
                    lacks("color: #222"),
                    fill("More", "milk"),
                    click("button", "Add"),
                    reads("Soup, milk"),
                    ExpectOrder(action="expect_order", texts=["What to buy", "Soup", "milk"]),
                )
            ],
        ),
    )
    app.files["index.html"] = app.files["index.html"].replace("<h1>Shopping</h1>", "")
    report = await try_app(app)

    assert report.passed, report.findings_for_agent()


async def test_half_an_emoji_on_a_page_ends_no_check() -> None:
    """What is told of it leaves the check's process, as no half of a character does."""
    app = TWINS["halves"]
    report = await tried(lambda: check_app(app.files, app.acceptance))

    assert report.passed, report.findings_for_agent()
    assert "\ufffd is left." in report.outline
    assert report.tried.pressed == (f"{'Yummy ' * 9}Eat: \ufffd",)


@pytest.mark.parametrize(("end", "colour"), [("Done", (0, 128, 128)), ("Lost", (255, 255, 255))])
async def test_the_picture_shows_the_app_in_use_if_it_can_be_used(
    try_app: Try, end: str, colour: tuple[int, int, int]
) -> None:
    page = (
        '<!doctype html><html lang="en"><title>Go</title><meta name="viewport"'
        ' content="width=device-width"><main><h1>Go on</h1><button onclick="'
        "document.body.style.background='teal';this.textContent='Done'\">Go</button></main>"
    )
    report = await try_app(
        App(
            files={"index.html": page},
            acceptance=Acceptance(
                language="en",
                keeps_data=False,
                criteria=[that("It goes.", click("button", "Go"), reads(end))],
            ),
        )
    )
    assert report.picture is not None
    shown = Image.open(BytesIO(report.picture)).convert("RGB")
    assert shown.getpixel((5, shown.height - 5)) == colour


async def test_the_picture_shows_what_was_entered_where_something_is(try_app: Try) -> None:
    page = (
        '<!doctype html><html lang="en"><title>Notes</title><meta name="viewport"'
        ' content="width=device-width"><main><h1>Notes</h1><label>Note <input oninput="'
        "document.body.style.background='teal';said.textContent=this.value\"></label>"
        '<p id="said">Nothing yet.</p></main>'
    )
    criteria = [
        that("It opens.", reads("Nothing yet.")),
        that("It takes notes.", fill("Note", "Milk"), reads("Milk")),
    ]
    report = await try_app(
        App(
            files={"index.html": page},
            acceptance=Acceptance(language="en", keeps_data=False, criteria=criteria),
        )
    )
    assert report.picture is not None
    shown = Image.open(BytesIO(report.picture)).convert("RGB")
    assert shown.getpixel((5, shown.height - 5)) == (0, 128, 128)
    assert [end.criterion for end in report.ends] == ["It opens."]


@BROKEN_APPS
@pytest.mark.parametrize("name", FAULTS)
async def test_a_broken_app_is_not_called_sound(try_app: Try, name: str) -> None:
    fault = FAULTS[name]
    app = fault.broken()
    hangs = fault.check == "loads"

    report = await (check_app(app.files, app.acceptance) if hangs else try_app(app))

    assert not report.passed
    assert fault.check in {finding.check for finding in report.blocking}, (
        report.findings_for_agent()
    )
    asked = {criterion.criterion for criterion in app.acceptance.criteria}
    assert {one.subject for one in report.blocking if one.check == "acceptance"} <= asked


@BROKEN_APPS
@pytest.mark.parametrize("name", BROKEN)
async def test_what_a_version_has_broken_is_found(try_app: Try, name: str) -> None:
    check, app = BROKEN[name]
    report = await try_app(app)

    assert check in {finding.check for finding in report.blocking}, report.findings_for_agent()
    assert report.ran == frozenset(CHECKS)


@SOUND_APPS
async def test_what_was_pressed_and_filled_is_told(try_app: Try) -> None:
    tried = (await try_app(TWINS["packing"])).tried

    assert set(tried.pressed) == {"Add", "Pack", "Up", "Rename", "Remove", "Save"}
    assert (tried.filled, tried.forms, tried.untried) == (("Thing",), 1, ())
    assert str(tried).startswith("Pressed 6 controls (“Add”, ")


@SOUND_APPS
async def test_an_app_without_an_acceptance_list_is_looked_at_but_never_passes() -> None:
    report = await tried(lambda: check_app(SOUND["tip"].files, None))

    assert not report.passed
    assert "Bill" in report.outline
    assert report.ran == frozenset(CHECKS) - {"acceptance", "language"}


@SOUND_APPS
async def test_a_sound_app_is_not_refused_because_the_machine_was_busy(
    try_app: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []

    async def check_forms_after_a_pause(browser: Browser, site: Site) -> None:
        if not paused:
            paused.append(3.5)  # seconds; longer than a page has to answer
            pause(3.5)
        await check_forms(browser, site)

    monkeypatch.setattr(runner, "check_forms", check_forms_after_a_pause)
    report = await try_app(SOUND["todo"])

    assert paused
    assert report.passed, report.findings_for_agent()


@SOUND_APPS
async def test_a_check_that_runs_out_of_time_tells_what_it_had_found(
    try_app: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def press_for_ever(_: Browser, __: Site) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(runner, "check_buttons", press_for_ever)
    report = await try_app(FAULTS["pale text"].broken(), time_limit=12.0)

    assert {one.check for one in report.blocking} == {"accessibility"}
    assert unfinished() in report.findings
    assert "buttons" not in report.ran
    assert "forms" in report.ran


@SOUND_APPS
async def test_a_button_is_pressed_again_if_the_machine_was_busy(
    try_app: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicks: list[float] = []
    click = Mouse.click

    async def click_in_a_pause(self: Mouse, x: float, y: float) -> None:
        clicks.append(x)
        if len(clicks) == 1:
            pause(1.0)  # and this press is lost
            return
        await click(self, x, y)

    monkeypatch.setattr(Mouse, "click", click_in_a_pause)
    report = await try_app(SOUND["stamps"])

    assert len(clicks) > 3
    assert set(report.tried.pressed) == {"Star", "Wipe", "Copy"}
    assert report.passed, report.findings_for_agent()


def pause(seconds: float) -> None:
    """Let neither the browsers nor this process run, as on a machine with too much to do."""
    browsers: list[psutil.Process] = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "chrom" in process.name():
                process.suspend()
                browsers.append(process)
    time.sleep(seconds)
    for process in browsers:
        with suppress(psutil.NoSuchProcess):
            process.resume()
