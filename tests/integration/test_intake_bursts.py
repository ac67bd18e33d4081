"""What is said in a burst belongs together, but for what quotes another app or steps elsewhere."""

from collections.abc import AsyncIterator

import pytest

from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import QUIZ, TODO, has_two_apps, opened, sid_of
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def changes(stage: DialogueStage) -> dict[str, str]:
    rows = await stage.rows(
        "SELECT build.request_text, project.title FROM build JOIN project USING (project_id)"
        " ORDER BY build.created_at"
    )
    return {row["request_text"]: row["title"] for row in rows}


async def test_open_in_a_burst_keeps_its_place(stage: DialogueStage) -> None:
    await has_two_apps(stage)
    said = [
        "add a footer",
        "make it red",
        "open 1",
        "add a clock",
        "make it bigger",
        "add a search",
        "use a serif font",
    ]
    sids = [await stage.send(one) for one in said]
    for sid in sids:
        await stage.read(sid)
    assert await opened(stage) == TODO


async def test_what_quotes_another_app_in_a_burst_is_about_that(stage: DialogueStage) -> None:
    await has_two_apps(stage)
    todo, quiz = await sid_of(stage, TODO), await sid_of(stage, QUIZ)
    sids = [
        await stage.send("make it red", quoting=quiz),
        await stage.send("make it blue", quoting=todo),
        *[await stage.send(f"add a {thing}") for thing in ("clock", "footer", "search", "menu")],
    ]
    for sid in sids:
        await stage.read(sid)
    found = await changes(stage)
    assert {title for text, title in found.items() if "make it blue" in text} == {TODO}


async def test_what_quotes_an_app_in_a_burst_takes_nothing_along_that_does_not(
    stage: DialogueStage,
) -> None:
    await has_two_apps(stage)
    todo = await sid_of(stage, TODO)
    sids = [
        await stage.send("make it red"),
        *[await stage.send(f"add a {thing}") for thing in ("clock", "footer", "search", "menu")],
        await stage.send("make it blue", quoting=todo),
    ]
    for sid in sids:
        await stage.read(sid)
    found = await changes(stage)
    assert {title for text, title in found.items() if "make it red" in text} == {QUIZ}
