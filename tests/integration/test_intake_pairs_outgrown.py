"""Whether a build that was put down goes on once its app is, or was, built otherwise."""

from collections.abc import AsyncIterator

import pytest

from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import TODO
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


@pytest.mark.parametrize("answer", ["yes", "Continue", "try again"])
async def test_a_build_stays_put_down_while_its_app_is_built_otherwise(
    stage: DialogueStage, answer: str
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    (told,) = await (stage.tap(asked, answer) if answer == "Continue" else stage.say(answer))

    assert told.body.startswith("I'm already working on *Build me a todo app*")
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "queued")]


@pytest.mark.parametrize("answer", ["Continue", "try again"])
async def test_a_build_that_its_app_has_outgrown_stays_put_down(
    stage: DialogueStage, answer: str
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    await stage.finish_builds()
    (told,) = await (stage.tap(asked, answer) if answer == "Continue" else stage.say(answer))

    assert told.body.startswith("*Build me a todo app* has a newer version now")
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "completed")]


async def test_a_first_version_that_came_out_unfinished_leaves_an_earlier_build_put_down(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.rows("UPDATE build SET taken_at = created_at + interval '1 second'")
    await stage.say("Make it green")
    await stage.rows(
        "WITH ended AS (UPDATE build SET status = 'failed', failure = 'BudgetExhausted',"
        " taken_at = now() + interval '1 second', ended_at = now()"
        " WHERE status = 'queued' RETURNING project_id, request_id),"
        " made AS (INSERT INTO version (project_id, number, request_id, version_token, manifest)"
        " SELECT project_id, 1, request_id, 'one', '' FROM ended RETURNING project_id)"
        " UPDATE project SET current_version = 1 FROM made"
        " WHERE project.project_id = made.project_id"
    )
    (told,) = await stage.tap(asked, "Continue")

    assert told.body.startswith("*Build me a todo app* shows another version now")
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "failed")]


@pytest.mark.parametrize("answer", ["yes", "Continue", "try again"])
async def test_a_build_that_made_no_version_keeps_no_other_from_going_on(
    stage: DialogueStage, answer: str
) -> None:
    """What is published again as it is, or only designed."""
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    await stage.finish_builds(has_version=False)
    await (stage.tap(asked, answer) if answer == "Continue" else stage.say(answer))

    assert await stage.builds() == [(TODO, "queued"), ("Make it green", "completed")]


@pytest.mark.parametrize("how", ["newer", "undone"])
@pytest.mark.parametrize("said", ["Great!", "no, later", "status"])
async def test_whether_a_build_shall_go_on_is_no_question_once_its_app_has_outgrown_it(
    stage: DialogueStage, how: str, said: str
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    worth_asking = "SELECT kind FROM outbox WHERE kind = 'budget' AND is_still_true(outbox)"
    assert await stage.rows(worth_asking) != []
    if how == "newer":
        await stage.say("Make it green")
        await stage.finish_builds()
    else:
        await stage.rows(
            "WITH shown AS (INSERT INTO version (project_id, number, request_id, version_token,"
            " manifest) SELECT project_id, 1, gen_random_uuid(), 'one', '' FROM project"
            " RETURNING project_id, number)"
            " UPDATE project SET current_version = number FROM shown"
            " WHERE project.project_id = shown.project_id"
        )
        await stage.rows("UPDATE build SET based_on = 2")
    (told,) = await stage.say(said)

    assert await stage.rows(worth_asking) == []
    assert told.kind == "reply"
    if said == "status":
        assert told.body.startswith("Nothing is being built right now.")
    else:
        assert [call["role"] for call in stage.claude.journal.as_json()][-1] == "companion"
