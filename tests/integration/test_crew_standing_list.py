"""Which list a change is held to: the one of the app as it is online, whatever came after it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from bot.builds.ownership_watch import while_leased
from bot.builds.stopping import stop_builds
from bot.checks import runner
from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.chromium import find_chromium
from bot.checks.launching import launch
from bot.checks.machine_pauses import PauseWatch
from bot.checks.report import CHECKS, CheckRequest, Report
from bot.checks.runner import run_in
from bot.checks.site import Site
from bot.checks.steps import ExpectText
from bot.crew.earlier_decisions import earlier_decisions
from bot.crew.standing_list import standing_list
from bot.crew.tools import ToolContext
from bot.errors import OwnershipLost
from bot.projects.history import go_back, go_forward
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from tests.integration.crew_stage import USER, Pool, claimed_build
from tests.users import add_request, add_words

pytestmark = pytest.mark.anyio

PASSED = Report(ran=frozenset(CHECKS)).model_dump_json()


def a_list(text: str, language: str = "en") -> Acceptance:
    criterion = Criterion(
        criterion=f"It says {text}.", steps=[ExpectText(action="expect_text", text=text)]
    )
    return Acceptance(language=language, keeps_data=False, criteria=[criterion])


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


async def build_and_try(at: ToolContext, text: str, *, is_published: bool = True) -> None:
    """Let an earlier build have written, tried and, as a rule, published a page."""
    async with at.services.pool.connection() as connection:
        project_id = at.build.project_id
        await Workspace(connection, project_id).write("index.html", f"<p>{text}</p>")
        request_id = await add_request(connection, USER, project_id, text)
        await connection.execute(
            "UPDATE build SET status = 'completed', ended_at = now() WHERE request_id = %s",
            [request_id],
        )
        if is_published:
            await publish(
                connection, project_id=project_id, request_id=request_id, sites_base_url="https://x"
            )
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report, tried_at)"
            " SELECT build_id, 'x', 'x', %s, %s, clock_timestamp() FROM build"
            " WHERE request_id = %s",
            [a_list(text).model_dump_json(), PASSED, request_id],
        )


async def standing(at: ToolContext) -> str | None:
    async with at.services.pool.connection() as connection:
        found = await standing_list(connection, at.build.project_id)
    return found.criteria[0].criterion if found else None


async def test_the_list_goes_back_and_forth_with_the_version(at: ToolContext) -> None:
    assert await standing(at) is None
    await build_and_try(at, "one")
    await build_and_try(at, "two")
    await build_and_try(at, "three")
    assert await standing(at) == "It says three."
    for expected in ("It says two.", "It says one."):
        async with at.services.pool.connection() as connection:
            await go_back(connection, at.build.project_id)
        assert await standing(at) == expected
    async with at.services.pool.connection() as connection:
        await go_forward(connection, at.build.project_id)
    assert await standing(at) == "It says two."
    await build_and_try(at, "another three")
    assert await standing(at) == "It says another three."


async def test_what_never_went_online_is_no_measure(at: ToolContext) -> None:
    await build_and_try(at, "one")
    await build_and_try(at, "failed", is_published=False)
    assert await standing(at) == "It says one."


async def test_the_list_of_the_build_under_way_comes_first(at: ToolContext) -> None:
    await build_and_try(at, "one")
    async with at.services.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report, tried_at)"
            " VALUES (%s, 'x', 'x', %s, %s, clock_timestamp())",
            [at.build.build_id, a_list("now").model_dump_json(), PASSED],
        )
    assert await standing(at) == "It says now."


async def test_a_project_without_a_version_has_no_decisions(at: ToolContext) -> None:
    async with at.services.pool.connection() as connection:
        assert await earlier_decisions(connection, at.build) == ""


@pytest.mark.browser
@pytest.mark.slow
async def test_a_check_that_is_repeated_ends_when_its_build_is_stopped(
    at: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine has paused in the first attempt, so what it found is looked for again."""
    attempts: list[Site] = []
    repeated = asyncio.Event()

    async def check_forms(_: Browser, site: Site) -> None:
        attempts.append(site)
        if len(attempts) == 2:
            repeated.set()
            await asyncio.Event().wait()  # as long as a page may take

    monkeypatch.setattr(runner, "check_forms", check_forms)
    monkeypatch.setattr(PauseWatch, "was_kept_waiting", True)
    chromium = find_chromium()
    assert chromium is not None
    browser = (await launch(chromium)).browser
    page = "<!doctype html><html lang=en><title>T</title><h1>T</h1><script>throw 1</script>"
    job = CheckRequest(files={"index.html": page}, pictures={}, acceptance=None, browser=chromium)
    checking = asyncio.create_task(
        while_leased(at.lease, at.services.ownership, run_in(browser, job))
    )
    async with asyncio.timeout(60):
        await repeated.wait()
    async with at.services.pool.connection() as connection:
        request_id = await add_words(connection, USER, "stop")
        stopped = await stop_builds(
            connection, user_id=USER, request_id=request_id, project_id=None
        )
    assert at.build.build_id in {one.build_id for one in stopped}

    async with asyncio.timeout(10):
        with pytest.raises(OwnershipLost):
            await checking

    assert len(attempts) == 2
    assert browser.contexts == []
    async with at.services.pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM trial")
        assert await cursor.fetchone() == (0,)
    await browser.close()
