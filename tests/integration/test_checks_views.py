"""The check shows how an app looks on a phone, in dark and on a desktop, in use where it can be."""

from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Literal

import pytest
from PIL import Image
from playwright.async_api import Browser

from bot.checks.acceptance import Acceptance
from bot.checks.chromium import find_chromium
from bot.checks.launching import launch
from bot.checks.page_session import DESKTOP, PHONE
from bot.checks.report import CheckRequest, Report
from bot.checks.runner import run_in
from bot.checks.steps import ExpectCount, ExpectOrder, ExpectText, ExpectVisible, Step
from bot.checks.views import LARGEST, MOST_ENDS
from bot.sandbox.claude.crew.acceptance import click, on_phone, reads, that
from tests.trials import tried

pytestmark = [pytest.mark.browser, pytest.mark.anyio, pytest.mark.lengthy]

Look = Callable[..., Awaitable[Report]]

WHITE, TEAL, BLACK, ORANGE = (255, 255, 255), (0, 128, 128), (0, 0, 0), (255, 165, 0)

STYLES = """
  body { margin: 0; background: white; transition: background 9s }
  @media (prefers-color-scheme: dark) { body { background: black; color: white } }
  @media (min-width: 900px) { body { background: orange } }
"""


def page(*, styles: str = STYLES, body: str = "<h1>Go on</h1>", script: str = "") -> str:
    return (
        '<!doctype html><html lang="en"><title>Go</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{styles}</style><main>{body}</main><script>{script}</script>"
    )


def ends_with(text: str) -> Acceptance:
    criterion = that("It goes.", click("button", "Go"), reads(text))
    return Acceptance(language="en", keeps_data=False, criteria=[criterion])


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


@pytest.fixture
def look(browser: Browser) -> Look:
    async def look(html: str, acceptance: Acceptance | None = None, **files: str) -> Report:
        files = {"index.html": html} | {f"{name}.json": text for name, text in files.items()}
        job = CheckRequest(files=files, pictures={}, acceptance=acceptance, browser="")
        return await tried(lambda: run_in(browser, job))

    return look


def shown(report: Report) -> dict[str, Image.Image]:
    return {
        view.screen: Image.open(BytesIO(view.picture), formats=["JPEG"]) for view in report.views
    }


def background(picture: Image.Image) -> tuple[int, ...]:
    """The colour in a lower corner, to the next eighth."""
    colour = picture.convert("RGB").getpixel((8, picture.height - 8))
    assert isinstance(colour, tuple)
    return colour


def middle_of_the_end(report: Report) -> tuple[int, ...]:
    """The colour at the right of the only end, halfway down."""
    (end,) = report.ends
    picture = Image.open(BytesIO(end.picture), formats=["JPEG"]).convert("RGB")
    colour = picture.getpixel((picture.width - 12, picture.height // 2))
    assert isinstance(colour, tuple)
    return colour


def alike(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 8 for one, other in zip(colour, wanted, strict=True))


async def test_a_page_is_seen_on_a_phone_in_dark_and_on_a_desktop(look: Look) -> None:
    views = shown(await look(page()))

    assert list(views) == ["phone", "phone_dark", "desktop"]
    assert views["phone"].size == (PHONE["width"], PHONE["height"]) == views["phone_dark"].size
    assert views["desktop"].size == (DESKTOP["width"], DESKTOP["height"])
    wanted = {"phone": WHITE, "phone_dark": BLACK, "desktop": ORANGE}
    assert all(alike(background(views[screen]), wanted[screen]) for screen in wanted)


@pytest.mark.parametrize(("end", "colour"), [("Done", TEAL), ("Lost", WHITE)])
async def test_it_is_seen_in_use_if_it_can_be_used(
    look: Look, end: str, colour: tuple[int, ...]
) -> None:
    use = "document.body.style.cssText='background:teal;transition:none';this.textContent='Done'"
    report = await look(
        page(body=f'<h1>Go on</h1><button onclick="{use}">Go</button>'), ends_with(end)
    )

    views = shown(report)
    assert len(views) == 3
    assert alike(background(views["phone"]), colour)
    assert alike(background(views["desktop"]), TEAL if colour == TEAL else ORANGE)


async def test_the_end_of_each_further_criterion_that_is_met_is_seen(look: Look) -> None:
    criteria = [
        *ends_with("Done").criteria,
        that("It is not gone.", click("button", "Go"), reads("Gone")),
        that("It is orange.", reads("Go on")),
        *(that(f"It opens {number}.", reads("Go on")) for number in range(MOST_ENDS)),
    ]
    wanted = Acceptance(language="en", keeps_data=False, criteria=criteria)
    report = await look(
        page(body="<h1>Go on</h1><button onclick=\"this.textContent='Done'\">Go</button>"), wanted
    )

    assert [end.criterion for end in report.ends] == [one.criterion for one in criteria[2:-1]]
    first = Image.open(BytesIO(report.ends[0].picture), formats=["JPEG"])
    assert first.size == (PHONE["width"], PHONE["height"])


@pytest.mark.parametrize(
    "expectation",
    [
        reads("the end"),
        ExpectText(action="expect_text", text="entered"),
        ExpectOrder(action="expect_order", texts=["The end", "indeed"]),
        ExpectVisible(action="expect_visible", role="heading", name="The end"),
        ExpectCount(action="expect_count", role="heading", name="The end", count=1),
    ],
    ids=["text", "field", "order", "thing", "count"],
)
async def test_the_end_of_a_criterion_shows_what_was_looked_for(
    look: Look, expectation: Step
) -> None:
    long = (
        "<style>h2 { animation: hop 1s infinite } @keyframes hop { to { translate: 9px } }</style>"
        '<p style="height: 3000px">Begin</p><div style="background: orange; height: 600px">'
        '<h2>The end</h2><p>indeed</p><input aria-label="Word" value="Entered"></div>'
        '<p style="height: 3000px">Appendix</p>'
    )
    criteria = [that("It begins.", reads("Begin")), that("It ends.", expectation)]
    wanted = Acceptance(language="en", keeps_data=False, criteria=criteria)

    report = await look(page(body=long), wanted)

    assert [end.criterion for end in report.ends] == ["It ends."]
    assert alike(middle_of_the_end(report), ORANGE)


async def test_the_end_of_a_criterion_shows_the_item_of_a_long_list(look: Look) -> None:
    items = "".join(f'<li style="height: 200px">Item {number}</li>' for number in range(40))
    last = '<li style="background: orange; height: 900px">The end</li>'
    criteria = [that("It begins.", reads("Item 1")), that("It ends.", reads("The end"))]
    wanted = Acceptance(language="en", keeps_data=False, criteria=criteria)

    report = await look(page(body=f"<ul>{items}{last}</ul>"), wanted)

    assert alike(middle_of_the_end(report), ORANGE)


async def test_what_goes_wrong_while_pictures_are_taken_is_no_fault_of_the_apps(
    look: Look,
) -> None:
    script = (
        "matchMedia('(prefers-color-scheme: dark)').onchange = () => { throw Error('dark') };"
        "onresize = () => { if (innerWidth > 900) console.error('large') }"
    )
    report = await look(page(script=script))

    assert report.looks_sound, report.findings_for_agent()
    assert len(report.views) == 3


async def test_a_page_of_noise_has_pictures_of_a_size_that_a_model_takes(look: Look) -> None:
    script = (
        "const c = document.querySelector('canvas'), x = c.getContext('2d');"
        "const d = x.createImageData(c.width = 1280, c.height = 800);"
        "let n = 7; for (let i = 0; i < d.data.length; i++)"
        " d.data[i] = i % 4 == 3 ? 255 : (n = n * 16807 % 2147483647) & 255;"
        "x.putImageData(d, 0, 0)"
    )
    noise = "canvas { position: absolute; inset: 0 } body { overflow: hidden }"
    report = await look(page(styles=noise, body="<h1>Go on</h1><canvas></canvas>", script=script))

    assert {view.screen for view in report.views} >= {"phone", "phone_dark"}
    assert all(len(view.picture) <= LARGEST for view in report.views)


async def test_a_page_that_hangs_in_dark_is_judged_by_what_it_does_in_light(look: Look) -> None:
    script = "matchMedia('(prefers-color-scheme: dark)').onchange = () => { for (;;); }"
    report = await look(page(script=script))

    assert report.looks_sound, report.findings_for_agent()
    assert report.views == ()


# Teal with what was entered, for who may tick it off; else orange.
_WISHES = """
  const wishes = "api/collections/wishes"
  const show = async () => {
    const { documents, is_owner } = await (await fetch(wishes)).json()
    document.querySelector("p").textContent = documents.map((one) => one.data.name).join()
    if (documents.length) document.body.style.background = is_owner ? "teal" : "orange"
  }
  document.querySelector("button").onclick = async () => {
    const headers = { "Content-Type": "application/json" }
    const body = JSON.stringify({ name: "Milk" })
    await fetch(wishes, { method: "POST", headers, body })
    show()
  }
  show()
"""
_OWNERS = '{"wishes": {"type": "object", %s "properties": {"name": {"type": "string"}%s}}}'
BY_OWNER = _OWNERS % ('"changeable_by": "owner",', "")
TICKED_BY_OWNER = _OWNERS % ("", ', "is_done": {"type": "boolean", "set_by": "owner"}')
BY_AUTHORS = _OWNERS % ("", "")


@pytest.mark.parametrize(
    ("collections", "ends_at", "screens"),
    [
        (BY_OWNER, 1, ["owner"]),
        (TICKED_BY_OWNER, 2, ["owner"]),
        (TICKED_BY_OWNER, "owner", []),
        (BY_AUTHORS, 1, []),
    ],
    ids=["changes", "ticks off", "is seen at the end", "has nothing of their own"],
)
async def test_the_owners_page_is_seen_where_they_alone_can_do_something(
    look: Look, collections: str, ends_at: Literal[1, 2, "owner"], screens: list[str]
) -> None:
    added = that(
        "It is added.", click("button", "Add"), reads("Milk"), on_phone(ends_at), reads("Milk")
    )
    wanted = Acceptance(language="en", keeps_data=False, criteria=[added])
    body = "<h1>Wishes</h1><p></p><button>Add</button>"

    report = await look(page(styles="", body=body, script=_WISHES), wanted, collections=collections)

    assert report.passed
    views = shown(report)
    assert [*views] == ["phone", "phone_dark", "desktop", *screens]
    seen_by_visitor = ORANGE if ends_at != "owner" else TEAL
    assert alike(background(views["phone"]), seen_by_visitor)
    assert not screens or alike(background(views["owner"]), TEAL), "with what visitors left"


async def test_the_owners_page_is_seen_as_it_opens_where_nothing_works(look: Look) -> None:
    report = await look(page(body="<h1>Go on</h1>"), ends_with("Done"), collections=BY_OWNER)

    assert [*shown(report)] == ["phone", "phone_dark", "desktop", "owner"]
