"""Which build an answer to a budget question is about, and how long it can be given."""

from collections.abc import AsyncIterator

import pytest

from bot.delivery.window import release
from bot.messages.kinds import MessageKind
from bot.operating import requests
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Heard, Pool, dialogue_stage
from tests.integration.operated_builds import KIM

pytestmark = pytest.mark.anyio

RED, BLUE = "Make it red", "Make it blue"


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def asks_for(stage: DialogueStage, *changes: str) -> None:
    """Let the user have an app, and have changed what they say; each of the changes fails."""
    await stage.say("Build me a counter")
    await stage.finish_builds()
    await stage.rows("UPDATE project SET current_version = 1")
    for change in changes:
        await stage.say(change)
        await stage.rows(
            "UPDATE build SET status = 'failed', failure = 'x', ended_at = now(), based_on = 1,"
            " taken_at = now() WHERE status = 'queued'"
        )


async def two_questions(stage: DialogueStage) -> Heard:
    """Two changes of an app rest; returns the question about the first."""
    await asks_for(stage, RED, BLUE)
    asked = await stage.asks_about_budget(RED)
    await stage.asks_about_budget(BLUE)
    return asked


@pytest.mark.parametrize("way", ["yes", "Continue"])
async def test_a_yes_is_to_the_question_that_it_quotes(stage: DialogueStage, way: str) -> None:
    asked = await two_questions(stage)
    if way == "yes":
        await stage.say(way, quoting=asked.sid)
    else:
        await stage.tap(asked, way)

    builds = dict(await stage.builds())
    assert (builds[RED], builds[BLUE]) == ("queued", "stopped")


@pytest.mark.parametrize("way", ["no", "Stop"])
async def test_a_no_is_to_the_question_that_it_quotes(stage: DialogueStage, way: str) -> None:
    asked = await two_questions(stage)
    if way == "no":
        await stage.say(way, quoting=asked.sid)
    else:
        await stage.tap(asked, way)

    builds = await stage.rows("SELECT failure FROM build ORDER BY created_at")
    assert [build["failure"] for build in builds] == [None, None, "awaits_answer"]


async def test_a_question_of_an_earlier_attempt_is_about_its_own_build(
    stage: DialogueStage,
) -> None:
    await asks_for(stage, RED, BLUE)
    await stage.say("try again")
    asked = await stage.asks_about_budget(BLUE)
    (red,) = await stage.rows("SELECT request_id FROM build WHERE request_text = %s", RED)
    async with stage.services.pool.connection() as connection:
        kept = stage.services.settings.retention
        await requests.retry(connection, red["request_id"], KIM, kept)
    await stage.rows(
        "UPDATE build SET status = 'failed', ended_at = now() WHERE request_text = %s", RED
    )

    await stage.tap(asked, "Continue")
    builds = dict(await stage.builds())
    assert (builds[RED], builds[BLUE]) == ("failed", "queued")


@pytest.mark.parametrize("why", ["owed", "window"])
async def test_a_question_that_goes_out_days_later_is_open_then(
    stage: DialogueStage, why: str
) -> None:
    await stage.say("Build me a counter")
    await stage.asks_about_budget("Build me a counter")
    state = "failed" if why == "owed" else "waiting_for_window"
    await stage.rows(
        "UPDATE outbox SET state = %s, is_owed = true, provider_sid = NULL, attempted_at = NULL"
        " WHERE kind = 'budget'",
        state,
    )
    await stage.pass_time(2 * 24 * 60)
    await stage.say("hello")
    if why == "window":
        (user,) = await stage.rows("SELECT user_id FROM contact")
        async with stage.services.pool.connection() as connection:
            await release(connection, user["user_id"])
        await stage.deliver()
    assert await stage.rows("SELECT state FROM outbox WHERE kind = 'budget'") == [
        {"state": "delivered"}
    ]

    await stage.say("yes")
    assert await stage.builds() == [("Build me a counter", "queued")]


async def test_stop_below_anything_about_a_build_that_rests_stops_no_other(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    told = await stage.is_told(MessageKind.UNDERSTOOD, about="Build me a counter")
    await stage.asks_about_budget("Build me a counter")
    await stage.say("Build me a shop")

    await stage.tap(told, "Stop")
    assert dict(await stage.builds())["Build me a shop"] == "queued"
    await stage.say("yes")
    assert dict(await stage.builds())["Build me a counter"] == "stopped", "the question is answered"
