"""How often an agent may try the same files, and what it reads when it is over the limit."""

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from bot.checks.acceptance import Acceptance, Criterion, ExpectText
from bot.checks.report import CHECKS, Report
from bot.crew.browser_tools import ENOUGH, NO_BROWSER, TRIAL_LIMIT, try_page
from bot.crew.tools import ToolContext
from bot.projects.workspace import Workspace, manifest_of
from bot.settings.groups import Settings
from tests.integration.crew_stage import Pool, claimed_build

pytestmark = pytest.mark.anyio


def a_list(number: int) -> Acceptance:
    step = ExpectText(action="expect_text", text=f"Hello {number}")
    criterion = Criterion(criterion="It greets.", steps=[step])
    return Acceptance(language="en", keeps_data=False, criteria=[criterion])


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    """A build with a page, in a place without a browser."""
    async with claimed_build(pool, settings) as context:
        yield context


async def was_tried(at: ToolContext, acceptance: Acceptance | None) -> None:
    """Let the page have been tried in this way."""
    text = acceptance.model_dump_json() if acceptance else "null"
    report = Report(ran=frozenset(CHECKS)).model_dump_json()
    async with at.services.pool.connection() as connection:
        files = await Workspace(connection, at.build.project_id).list_files()
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                at.build.build_id,
                manifest_of(files),
                sha256(text.encode()).digest(),
                text,
                report,
            ],
        )


async def test_what_was_seen_is_told_again_after_the_last_trial(at: ToolContext) -> None:
    for number in range(TRIAL_LIMIT):
        await was_tried(at, a_list(number))

    again = await try_page(at, a_list(TRIAL_LIMIT - 1))

    assert again not in {ENOUGH, NO_BROWSER}
    assert await try_page(at, a_list(TRIAL_LIMIT)) == ENOUGH


async def test_a_look_at_the_page_takes_no_trial_away(at: ToolContext) -> None:
    await was_tried(at, None)
    for number in range(TRIAL_LIMIT - 1):
        await was_tried(at, a_list(number))

    assert await try_page(at, a_list(TRIAL_LIMIT)) == NO_BROWSER
