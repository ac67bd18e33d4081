"""Takes the steps of the acceptance criteria, each criterion on phones that were never used."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import get_args

from playwright.async_api import Browser, Dialog, Page, expect
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as Impatience

from bot.checks.acceptance import Criterion
from bot.checks.appearance import is_one_colour
from bot.checks.gestures import drag, swipe
from bot.checks.locating import all_of, field, one_of, thing
from bot.checks.page_session import LOAD_LIMIT, PageSession, Unresponsive, script
from bot.checks.phones import Phones
from bot.checks.picked_files import picked_file
from bot.checks.report import FailedStep, Finding
from bot.checks.site import Site
from bot.checks.steps import (
    AdvanceClock,
    AnswerDialog,
    Choose,
    Click,
    Drag,
    ExpectChecked,
    ExpectColours,
    ExpectCount,
    ExpectDialog,
    ExpectNoText,
    ExpectOrder,
    ExpectText,
    ExpectVisible,
    Fill,
    Hover,
    PickFile,
    Press,
    Reload,
    Scheme,
    SetColours,
    SetNetwork,
    Step,
    Swipe,
    SwitchPhone,
    Ticked,
    Wait,
)
from bot.checks.views import keep_end, keep_owners_view, keep_views

STEP_LIMIT = 2.0  # seconds for one step
_TICKED = frozenset(get_args(Ticked))
_LOOK_INTERVAL = 0.1  # seconds
_DARK = 110  # of 255: the brightness that most of a dark page is below


async def check_criterion(
    browser: Browser,
    site: Site,
    criterion: Criterion,
    *,
    shows_use: bool = True,
    shows_owner: bool = False,
) -> None:
    """Take the steps until one cannot be taken; a step that fails is evidence.

    The user may be shown how it ends where that `shows_use` of the app; then its owner's page is
    pictured too, if that is what `shows_owner` asks for.
    """
    has_clock = any(isinstance(step, AdvanceClock) for step in criterion.steps)
    async with Phones(browser, site, has_clock=has_clock) as phones:
        for number, step in enumerate(criterion.steps, 1):
            where = f"step {number} of “{criterion.criterion}”, {_told(step)}"
            try:
                await _take_on(phones, step)
            except Unresponsive as error:
                raise Unresponsive(f"at {where}: {error}") from None
            except (BrowserError, AssertionError) as error:
                finding = Finding(
                    check="acceptance",
                    message=_reason(error),
                    step=where,
                    subject=criterion.criterion,
                )
                await _keep_failure(phones.current, finding)
                return
        is_in_use = await _keep_picture(phones.current, criterion, shows_use=shows_use)
        if is_in_use and shows_owner:
            await keep_owners_view(phones)


async def _keep_failure(visit: PageSession, finding: Finding) -> None:
    """Show the page where a step failed, to who has to find out why."""
    evidence = visit.evidence
    evidence.add(finding)
    outline = await visit.within(visit.page.locator("body").aria_snapshot())
    evidence.failed_steps.append(FailedStep(step=finding.step or "", outline=outline))
    if evidence.failure_picture is None:
        evidence.failure_picture = await visit.within(visit.page.screenshot(type="png"))


async def _keep_picture(visit: PageSession, criterion: Criterion, *, shows_use: bool) -> bool:
    """Show the app in use instead of as it opens: as the first met criterion that `shows_use`
    leaves it. Returns whether this is that one.

    The ends of the others are for those who judge. No picture is no fault of the app's; then the
    former one stays.
    """
    if visit.evidence.is_pictured_in_use or not shows_use:
        await keep_end(visit, criterion, STEP_LIMIT * 1000)
        return False
    try:
        picture = await visit.within(visit.page.screenshot(type="png"))
    except (BrowserError, Unresponsive):
        return False
    if is_one_colour(picture):
        return False
    visit.evidence.picture = picture
    visit.evidence.is_pictured_in_use = True
    await keep_views(visit)
    return True


async def _take_on(phones: Phones, step: Step) -> None:
    visit = phones.current
    match step:
        case SwitchPhone(phone=phone):
            await phones.switch(phone)
        case AdvanceClock(seconds=seconds):
            await visit.within(phones.advance(seconds), LOAD_LIMIT)
        case Wait(seconds=seconds):
            await asyncio.sleep(seconds)
        case _:
            await visit.within(_take(visit, step), LOAD_LIMIT)


async def _take(visit: PageSession, step: Step) -> None:
    page, limit = visit.page, STEP_LIMIT * 1000
    match step:
        case Fill(field=name, text=text):
            filled = field(page, name)
            await filled.fill(text, timeout=limit)
            await filled.evaluate(script("typed"), timeout=limit)
        case Choose(field=name, option=option):
            await field(page, name).select_option(label=option, timeout=limit)
        case PickFile():
            await _pick_file(page, step, limit)
        case Click(role=role, name=name):
            control = await one_of(page, role, name)
            # A tick box is often drawn by its label and lies below it.
            await control.click(timeout=limit, force=role in _TICKED)
        case Press(key=key):
            await page.keyboard.press(key)
        case Hover(thing=name):
            await thing(page, name).hover(timeout=limit)
        case Swipe(thing=name, direction=direction):
            await swipe(visit, name, direction, limit)
        case Drag(thing=name, onto=onto):
            await drag(visit, name, onto, limit)
        case Reload():
            await page.reload(wait_until="load", timeout=LOAD_LIMIT * 1000)
        case AnswerDialog():
            visit.dialog_answers.append(_answerer(step))
        case SetColours(scheme=scheme):
            await page.emulate_media(color_scheme=scheme)
        case SetNetwork(is_online=is_online):
            await visit.set_network(is_online=is_online)
        case _:
            await _expect(visit, step, limit)


async def _expect(visit: PageSession, step: Step, limit: float) -> None:
    page = visit.page
    match step:
        case ExpectText(text=text):
            await _expect_text(page, text, limit)
        case ExpectNoText(text=text):
            await page.wait_for_function(
                script("can_read"), arg=[text, False, False], timeout=limit
            )
        case ExpectOrder(texts=texts):
            await page.wait_for_function(script("in_order"), arg=texts, timeout=limit)
        case ExpectVisible(role=role, name=name):
            await expect(await one_of(page, role, name)).to_be_visible(timeout=limit)
        case ExpectChecked(role=role, name=name, is_on=is_on):
            box = await one_of(page, role, name)
            await expect(box).to_be_checked(checked=is_on, timeout=limit)
        case ExpectCount(role=role, name=name, count=count):
            await expect(all_of(page, role, name)).to_have_count(count, timeout=limit)
        case ExpectDialog(text=text):
            await _expect_dialog(visit, text)
        case ExpectColours(scheme=scheme):
            await _expect_colours(page, scheme)


async def _expect_text(page: Page, text: str, limit: float) -> None:
    """What a step has typed is waited for elsewhere: in its field it was there before.

    Where it comes to stand nowhere else it counts there, as in a form that keeps what it is given.
    """
    try:
        await page.wait_for_function(script("can_read"), arg=[text, True, True], timeout=limit)
    except Impatience:
        if not await page.evaluate(script("can_read"), [text, True, False]):
            raise


async def _pick_file(page: Page, step: PickFile, limit: float) -> None:
    """Give the file to a field of that name, seen or not, else press what asks for one."""
    chosen = picked_file(step.kind)
    fields = page.get_by_label(step.field).and_(page.locator("input[type=file]"))
    if await fields.count():
        await fields.first.set_input_files(chosen, timeout=limit)
        return
    try:
        async with page.expect_file_chooser(timeout=limit) as asked:
            await thing(page, step.field).click(timeout=limit)
        await (await asked.value).set_files(chosen, timeout=limit)
    except Impatience:
        raise AssertionError("nothing of that name lets a file be chosen") from None


def _answerer(step: AnswerDialog) -> Callable[[Dialog], Awaitable[None]]:
    async def answer(dialog: Dialog) -> None:
        if step.answer == "accept":
            await dialog.accept(step.text)
        else:
            await dialog.dismiss()

    return answer


async def _expect_dialog(visit: PageSession, text: str) -> None:
    end = asyncio.get_running_loop().time() + STEP_LIMIT
    while not any(text.casefold() in said.casefold() for said in visit.dialogs):
        if asyncio.get_running_loop().time() > end:
            said = " / ".join(visit.dialogs) or "there was none"
            raise AssertionError(f"no dialog said so: {said}")
        await asyncio.sleep(_LOOK_INTERVAL)


async def _expect_colours(page: Page, scheme: Scheme) -> None:
    end = asyncio.get_running_loop().time() + STEP_LIMIT
    while await _is_dark(page) != (scheme == "dark"):
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"most of the page is not {scheme}")
        await asyncio.sleep(_LOOK_INTERVAL)


async def _is_dark(page: Page) -> bool:
    """Whether more than half of what can be seen is dark."""
    from PIL import Image  # only few lists ask

    picture = Image.open(BytesIO(await page.screenshot(type="png"))).convert("L")
    brightness = picture.histogram()
    return sum(brightness[:_DARK]) > sum(brightness[_DARK:])


def _told(step: Step) -> str:
    values = [
        " then ".join(value) if isinstance(value, list) else str(value)
        for name, value in step.model_dump().items()
        if name != "action"
    ]
    return f"{step.action.replace('_', ' ')} {' / '.join(filter(None, values))}".strip()


def _reason(error: Exception) -> str:
    """What a step failed by, in a line without the browser's own escapes and call log."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).partition("Call log:")[0].strip()
    if "Timeout" in text and "wait_for_function" in text:
        return "this is not so"
    if "Timeout" in text:
        return "nothing of that name can be found or used on the page"
    return " ".join(text.split())
