"""Which app, option or question the user means by a number, a name or a quote."""

from collections.abc import AsyncIterator

import pytest

from bot.intake.conversation import read_message
from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import (
    QUIZ,
    TODO,
    builds_two,
    has_two_apps,
    leave_votes,
    opened,
)
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

PLACE = {"MessageType": "location", "Latitude": "52.5", "Longitude": "13.4"}


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def test_an_option_that_is_a_number_is_chosen_by_its_name(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "5", "3", "1", asked="How many rounds?")
    await stage.say("1")

    assert await stage.rows("SELECT answer FROM question") == [{"answer": "1"}]


async def test_an_app_whose_name_is_a_number_is_opened_by_its_name(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    game = await stage.has_app("2048")
    await stage.say(TODO)
    await stage.finish_builds()
    await stage.say("open 2048")
    assert await stage.rows("SELECT current_project_id FROM contact") == [
        {"current_project_id": game.project_id}
    ]


async def test_an_app_is_picked_by_its_number_in_the_digits_of_another_script(
    stage: DialogueStage,
) -> None:
    await has_two_apps(stage)
    await stage.say("projects")
    await stage.say("١")
    assert await opened(stage) == TODO


async def test_an_app_is_opened_by_its_number_in_the_digits_of_another_script(
    stage: DialogueStage,
) -> None:
    await has_two_apps(stage)
    await stage.say("افتح ١")
    assert await opened(stage) == TODO


async def test_of_two_apps_of_one_name_the_one_is_cleared_that_was_asked_about(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    first = await stage.has_app("Todo")
    await stage.say(TODO)
    await stage.finish_builds()
    await stage.rows("UPDATE project SET title = 'Todo'")
    (second,) = await stage.rows(
        "SELECT project_id FROM project WHERE project_id <> %s", first.project_id
    )
    await leave_votes(stage, first.project_id, 3)
    await leave_votes(stage, second["project_id"], 2)
    await stage.say("open 1")
    (asked,) = await stage.say("data clear")
    assert "3" in asked.body
    await stage.say("open 2")
    await stage.tap(asked, "Clear the data")
    left = await stage.rows("SELECT project_id FROM document GROUP BY project_id")
    assert left == [{"project_id": second["project_id"]}]


async def test_what_quotes_an_app_is_about_that(stage: DialogueStage) -> None:
    todo = await builds_two(stage)
    await stage.say("make it red")
    await stage.say("", quoting=todo, **PLACE)
    rows = await stage.rows(
        "SELECT title FROM request JOIN project USING (project_id)"
        " JOIN inbound_message USING (request_id)"
        " WHERE inbound_message.message_type = 'location'"
    )
    assert rows != [{"title": QUIZ}]


@pytest.mark.parametrize("said", ["new", "change something"])
async def test_who_is_asked_what_to_build_says_yes_to_nothing_older(
    stage: DialogueStage, said: str
) -> None:
    await stage.say("hello")
    await stage.has_app("Quiz")
    (doubt,) = await stage.say("Maybe some day I might need an app for my plants")
    assert doubt.kind == "doubt"
    await stage.say(said)
    await stage.say("ok")
    assert await stage.builds() == []


async def test_who_unsubscribes_is_still_asked_what_they_were_to_be_asked(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    sid = await stage.send("forget me")
    await read_message(stage.services, sid, is_last=lambda error: True)
    sid = await stage.send("unsubscribe")
    await read_message(stage.services, sid, is_last=lambda error: True)
    assert {"kind": "forget_asked", "state": "queued"} in await stage.rows(
        "SELECT kind, state FROM outbox ORDER BY id"
    )


async def test_who_is_asked_what_to_build_says_yes_to_no_budget(stage: DialogueStage) -> None:
    await builds_two(stage)
    await stage.asks_about_budget(TODO)
    await stage.say("new")
    await stage.say("ok")
    assert (TODO, "stopped") in await stage.builds()
