"""Each step of a criterion is taken as a user would take it, and tells right from wrong."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from playwright.async_api import Browser

from bot.checks.chromium import find_chromium
from bot.checks.finding_collector import FindingCollector
from bot.checks.launching import launch
from bot.checks.page_session import Unresponsive
from bot.checks.report import Report
from bot.checks.site import Site
from bot.checks.stepping import check_criterion
from bot.checks.steps import Drag, ExpectOrder, Hover, PickFile, SetNetwork, Step, Swipe, Wait
from bot.sandbox.claude.crew.acceptance import (
    click,
    fill,
    lacks,
    later,
    on_phone,
    reads,
    reload,
    that,
)
from tests.stepped_apps import STEPPED, SteppedApp

pytestmark = [pytest.mark.browser, pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    chromium = find_chromium()
    assert chromium is not None
    browser = (await launch(chromium)).browser
    yield browser
    await browser.close()


async def take(browser: Browser, app: SteppedApp, *steps: Step) -> Report:
    """What comes of the app's own steps, or of other ones."""
    evidence = FindingCollector()
    site = Site(files=app.files, pictures={}, evidence=evidence)
    criterion = that("It works.", *steps) if steps else app.criterion
    await check_criterion(browser, site, criterion)
    return evidence.report()


@pytest.mark.parametrize("name", STEPPED)
async def test_a_step_tells_right_from_wrong(browser: Browser, name: str) -> None:
    app = STEPPED[name]

    right, wrong = await asyncio.gather(take(browser, app), take(browser, app.spoilt()))

    assert not right.findings, right.findings_for_agent()
    (failed,) = [one for one in wrong.findings if one.check == "acceptance"]
    assert failed.subject == "It works."
    assert failed.step is not None
    assert failed.step.startswith(f"step {app.fails_at} of “It works.”"), wrong.findings_for_agent()


async def test_who_looks_into_a_failed_step_sees_the_page_at_that_step(browser: Browser) -> None:
    app = STEPPED["swiping over a thing"]
    swiped = app.steps[0]

    report = await take(browser, app, swiped, reads("Third card"))

    (failed,) = report.failed_steps
    assert "Second card" in failed.outline
    assert failed.step.startswith("step 2")
    assert report.failure_picture is not None
    assert report.failure_picture.startswith(b"\x89PNG")


async def test_what_is_not_there_is_evidence(browser: Browser) -> None:
    app = STEPPED["pointing"]
    missing: list[Step] = [
        Hover(action="hover", thing="A unicorn"),
        Swipe(action="swipe", thing="A unicorn", direction="left"),
        Drag(action="drag", thing="A unicorn", onto="Compost"),
        Drag(action="drag", thing="Compost", onto="A unicorn"),
        PickFile(action="pick_file", field="A unicorn", kind="text"),
        PickFile(action="pick_file", field="Compost", kind="text"),
    ]
    taken = await asyncio.gather(*(take(browser, app, one, reads("Compost")) for one in missing))

    for step, report in zip(missing, taken, strict=True):
        (finding,) = report.findings
        assert finding.check == "acceptance", step
        assert "nothing of that name" in finding.message, step


async def test_collections_answer_a_page_as_those_of_a_published_app_do(browser: Browser) -> None:
    app = SteppedApp(
        body="<p></p>",
        collections=json.dumps({"wishes": {"type": "object"}}),
        script="""const wishes = "api/collections/wishes";
const add = () => fetch(wishes, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: "{}",
});
(async () => {
  await add();
  await add();
  const { ok } = await fetch(wishes, { method: "HEAD" });
  const { documents } = await (await fetch(`${wishes}?limit=1&limit=2`)).json();
  const { status } = await fetch("api/collections/%77ishes");
  document.querySelector("p").textContent = `${ok} ${documents.length} ${status}`;
})();""",
        steps=(reads("true 1 200"),),
        spoil=("", ""),
        fails_at=1,
    )
    report = await take(browser, app)
    assert not report.findings, report.findings_for_agent()


async def test_what_was_typed_is_waited_for_until_the_app_shows_it(browser: Browser) -> None:
    app = SteppedApp(
        body="""<label>Your wish <textarea></textarea></label><button>Send</button><ul></ul>""",
        script="""const field = document.querySelector("textarea");
const show = () => document.querySelector("ul").replaceChildren(
  ...JSON.parse(localStorage.getItem("sent") ?? "[]").map((wish) => {
    const item = document.createElement("li");
    item.textContent = wish;
    return item;
  }));
document.querySelector("button").addEventListener("click", () => setTimeout(() => {
  localStorage.setItem("sent", JSON.stringify([field.value]));
  field.value = "";
  show();
}, 900));
show();""",
        steps=(
            fill("Your wish", "No onions"),
            reads("No onions"),
            click("button", "Send"),
            reads("No onions"),
            reload(),
            reads("No onions"),
        ),
        spoil=("", ""),
        fails_at=0,
    )

    report = await take(browser, app)

    assert not report.findings, report.findings_for_agent()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Einkaufs&shy;liste f&uuml;r<wbr>alle", "Einkaufsliste für"),
        ("a&#8203;b, &#8296;שלום&#8297; and &#8206;c", "ab, שלום and c"),
        ('<span style="text-transform:uppercase">Straße eins</span>', "straße eins"),
        ('<label>Dish <input value="Gro&szlig;e&shy;Pizza"></label>', "GROSSEPIZZA"),
    ],
)
async def test_a_text_is_compared_as_its_reader_sees_it(
    browser: Browser, written: str, text: str
) -> None:
    app = SteppedApp(
        body=f"<p>First</p><p>{written}</p>", steps=(reads(text),), spoil=("", ""), fails_at=0
    )
    order = ExpectOrder(action="expect_order", texts=["First", text])

    assert not (await take(browser, app)).findings
    assert not (await take(browser, app, order)).findings
    assert (await take(browser, app, lacks(text))).findings


async def test_a_page_may_ask_for_the_head_of_a_collection_as_it_may_once_published(
    browser: Browser,
) -> None:
    app = SteppedApp(
        body="<p></p>",
        script="""fetch("api/collections/votes", { method: "HEAD" }).then((answer) => {
  document.querySelector("p").textContent = `Status ${answer.status}`;
});""",
        collections='{"votes": {"type": "object"}}',
        steps=(reads("Status 200"),),
        spoil=("", ""),
        fails_at=0,
    )
    assert not (await take(browser, app)).findings


async def test_what_a_timer_throws_is_told_once_however_it_came_to_run(browser: Browser) -> None:
    app = SteppedApp(
        body="<p>Wait</p>",
        script="""setTimeout(() => missing.start(), 50);
setTimeout(() => { document.querySelector("p").textContent = "Ready"; }, 5_000);""",
        steps=(),
        spoil=("", ""),
        fails_at=0,
    )
    evidence = FindingCollector()
    site = Site(files=app.files, pictures={}, evidence=evidence)

    await check_criterion(browser, site, that("It ends.", later(6), reads("Ready")))
    await check_criterion(
        browser, site, that("It begins.", Wait(action="wait", seconds=1), reads("Wait"))
    )

    assert [str(one) for one in evidence.report().findings] == [
        "[console, blocking]: uncaught: missing is not defined"
    ]


MOST_SECONDS = 60.0  # in which it is given up, however busy the machine is
HOSTILE = {
    "dialogs without end": 'setInterval(() => alert("Hello"), 20);',
    "a question on leaving": "onbeforeunload = (event) => event.preventDefault();",
    "timers without end": "const more = () => { setTimeout(more, 0); }; more();",
    "a frame after the other": "const more = () => requestAnimationFrame(more); more();",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_app_keeps_no_clock_and_no_network_waiting(
    browser: Browser, name: str
) -> None:
    app = SteppedApp(
        body="<h1>Here</h1><button>Press</button>",
        script=HOSTILE[name],
        steps=(
            SetNetwork(action="set_network", is_online=False),
            later(7 * 24 * 3600),
            click("button", "Press"),
            on_phone(2),
            later(60),
            reads("Here"),
        ),
        spoil=("", ""),
        fails_at=0,
    )
    began = time.monotonic()
    with suppress(Unresponsive):  # which an app without end is, where the machine has more to do
        report = await take(browser, app)
        assert not report.findings, report.findings_for_agent()
    assert time.monotonic() - began < MOST_SECONDS
