"""What goes on or rests: "try again", and what came in between."""

from collections.abc import AsyncIterator

import pytest

from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import QUIZ, TODO, builds_two, has_votes, titles, votes
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


PLANTS = "An app for plants would be cool some day"


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


@pytest.mark.parametrize("how", ["stopped", "failed"])
async def test_try_again_means_the_build_that_ended_and_nothing_that_was_in_doubt(
    stage: DialogueStage, how: str
) -> None:
    await stage.say(TODO)
    await stage.say(PLANTS)
    if how == "stopped":
        await stage.say("stop")
    else:
        await stage.rows("UPDATE build SET status = 'failed', ended_at = now()")
    (told,) = await stage.say("try again")

    assert "*Build me a todo app*" in told.body
    assert await stage.builds() == [(TODO, "queued")]


async def test_try_again_means_what_ended_last_and_not_what_they_were_asked_before(
    stage: DialogueStage,
) -> None:
    await builds_two(stage)
    await stage.asks_about_budget(TODO)
    await stage.rows(
        "UPDATE build SET status = 'failed', ended_at = now() WHERE request_text = %s", QUIZ
    )
    await stage.say("try again")

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])


@pytest.mark.parametrize("ends", [("stop",), ("unsubscribe", "start")])
async def test_a_yes_after_the_end_of_all_begins_nothing_that_was_in_doubt_before(
    stage: DialogueStage, ends: tuple[str, ...]
) -> None:
    await stage.say(TODO)
    await stage.say(PLANTS)
    for said in ends:
        await stage.say(said)
    await stage.say("ok")

    assert await stage.builds() == [(TODO, "stopped")]


async def test_who_tries_again_starts_the_clocks_of_the_build_again(stage: DialogueStage) -> None:
    await stage.say(TODO)
    await stage.rows(
        "UPDATE build SET status = 'failed', ended_at = now(), stalled_at = now(),"
        " phase_started_at = now() - interval '9 hours'"
    )
    await stage.say("try again")

    assert await stage.rows(
        "SELECT stalled_at, phase_started_at > now() - interval '1 hour' AS is_new FROM build"
    ) == [{"stalled_at": None, "is_new": True}]


async def test_a_stop_that_was_written_before_leaves_in_doubt_what_came_after_it(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    late = await stage.send("stop")
    await stage.say(PLANTS)
    await stage.read(late)
    await stage.say("build it")

    assert await titles(stage, "queued") == [PLANTS]


async def test_what_is_read_after_a_stop_that_is_a_no_is_not_begun(stage: DialogueStage) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    for asking in ("Maybe an app for plants some day", "data clear", "forget me"):
        (asked,) = await stage.say(asking)
        async with stage.pondered("Build me a counter"):
            (told,) = await stage.say("cancel")
            assert asked.kind != told.kind
        assert (await stage.heard())[-1] == told

    assert await stage.builds() == []
    assert await votes(stage) == 2


@pytest.mark.parametrize("what", ["doubt", "budget"])
@pytest.mark.parametrize("how", ["typed", "quoting"])
@pytest.mark.parametrize("first", ["yes", "stop"])
async def test_a_stop_and_a_yes_that_are_read_at_once_leave_nothing_running(
    stage: DialogueStage, what: str, how: str, first: str
) -> None:
    await stage.say("hello")
    if what == "doubt":
        (asked,) = await stage.say("Maybe an app for plants some day")
    else:
        await stage.say(TODO)
        asked = await stage.asks_about_budget(TODO)
    yes = await stage.send("yes")
    stop = await stage.send("stop", quoting=asked.sid if how == "quoting" else "")
    await stage.read_at_once(*((yes, stop) if first == "yes" else (stop, yes)))

    assert {status for _, status in await stage.builds()} <= {"stopped"}
    kinds = [heard.kind for heard in await stage.heard()]
    assert ("stopped" in kinds) is (first == "yes"), "they are told what has happened"


async def test_a_build_that_is_tried_again_is_as_old_as_the_wish_for_that(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.say("stop")
    await stage.pass_time(180)
    await stage.rows("UPDATE build SET created_at = created_at - interval '180 minutes'")
    await stage.say("try again")
    await stage.pass_time(4)
    (told,) = await stage.say("status")

    assert "4 minutes so far" in told.body


async def test_buttons_of_a_build_hold_however_often_it_was_tried_again(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.rows("UPDATE build SET status = 'failed', failure = 'x', ended_at = now()")
    await stage.say("try again")
    asked = await stage.asks_about_budget(TODO)
    await stage.rows(
        "UPDATE outbox SET request_id = (SELECT retry_request_id FROM build) WHERE kind = 'budget'"
    )
    await stage.tap(asked, "Continue")
    assert await stage.builds() == [(TODO, "queued")]
    await stage.tap(asked, "Stop")
    assert await stage.builds() == [(TODO, "stopped")]
    await stage.tap(asked, "Continue")
    assert await stage.builds() == [(TODO, "queued")]
