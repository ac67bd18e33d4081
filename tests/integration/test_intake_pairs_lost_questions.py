"""Answers to what never arrived, quotes of what was forgotten, and changes of language."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.database.clock import database_time
from bot.messages.kinds import MessageKind
from bot.retention.kinds import retention_of
from bot.retention.removing import remove_older
from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import QUIZ, TODO, sid_of, titles
from tests.integration.dialogue_stage import DialogueStage, Heard, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

PLANTS = "An app for plants would be cool some day"


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def loses(stage: DialogueStage, message: Heard) -> None:
    """Let a message never have reached the user."""
    await stage.rows("UPDATE outbox SET state = 'failed' WHERE provider_sid = %s", message.sid)


async def test_a_button_of_a_doubt_that_never_arrived_does_nothing(stage: DialogueStage) -> None:
    (doubt,) = await stage.say(PLANTS)
    await loses(stage, doubt)
    (told,) = await stage.tap(doubt, "Build it")

    assert told.body.startswith("That button has expired")
    assert await stage.builds() == []
    assert [one["kind"] for one in await stage.rows("SELECT kind FROM doubt")] == ["new_build"]


async def test_a_button_of_a_deletion_that_never_arrived_does_nothing(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    (asked,) = await stage.say("forget me")
    await loses(stage, asked)
    (told,) = await stage.tap(asked, "Delete everything")

    assert told.body.startswith("That button has expired")
    assert len(await stage.builds()) == 1


async def test_an_option_of_a_question_that_never_arrived_does_nothing(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    asked = await stage.asks_for_the_crew("Build me a counter", "List", "Grid")
    await loses(stage, asked)
    (told,) = await stage.tap(asked, "Grid")

    assert told.body.startswith("That button has expired")
    assert await stage.rows("SELECT answer FROM question") == [{"answer": None}]
    await stage.say("Grid")
    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Grid"}]


async def test_a_doubt_goes_with_the_files_that_came_with_it(stage: DialogueStage) -> None:
    (doubt,) = await stage.say(PLANTS)
    photo = "photos/12345678.jpg"
    await stage.rows("UPDATE doubt SET body = %s", f"{PLANTS}\n[picture: {photo}]")
    await stage.rows(
        "INSERT INTO attachment (message_sid, number, user_id, path, content_type, content, sha256)"
        " SELECT message_sid, 0, user_id, %s, 'image/jpeg', 'x', sha256('x') FROM inbound_message",
        photo,
    )
    for days, is_there in ((0, True), (40, False)):
        await stage.pass_time(days * 24 * 60)
        age = timedelta(days=40)
        await stage.rows("UPDATE attachment SET received_at = received_at - %s", age)
        async with stage.services.pool.connection() as connection:
            now = await database_time(connection)
        kept = retention_of(stage.services.settings.retention, "uploads")
        await remove_older(stage.services.pool, "uploads", before=now - kept)
        assert bool(await stage.rows("SELECT 1 FROM attachment")) is is_there
        assert bool(await stage.rows("SELECT 1 FROM doubt")) is is_there

    (told,) = await stage.tap(doubt, "Build it")
    assert told.body.startswith("That's settled already")
    assert await stage.builds() == []


async def test_a_yes_hours_after_something_without_words_answers_nothing_older(
    stage: DialogueStage,
) -> None:
    await stage.say(PLANTS)
    await stage.pass_time(5)
    (asked,) = await stage.say("", MessageType="location", Latitude="52.5", Longitude="13.4")
    assert asked.kind == MessageKind.WHAT_FOR
    await stage.pass_time(60)
    await stage.say("yes")

    assert await stage.builds() == []


async def test_what_is_said_before_a_question_of_the_crew_is_out_answers_nothing(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "List", "Grid")
    await stage.rows(
        "UPDATE outbox SET state = 'queued', attempted_at = NULL WHERE kind = 'question'"
    )
    before = await stage.send("2")
    await stage.say("Grid")  # all that waits goes out with the answer
    assert await stage.rows("SELECT answer FROM question") == [{"answer": None}]

    await stage.read(before)
    assert await stage.rows("SELECT answer FROM question") == [{"answer": None}]
    await stage.say("Grid")
    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Grid"}]


@pytest.mark.parametrize("clear", ["English please", "speak English"])
async def test_a_change_of_language_leaves_the_crews_question_open(
    stage: DialogueStage, clear: str
) -> None:
    await stage.say("Build me a counter")
    await stage.rows("UPDATE contact SET language = 'de'")
    await stage.asks_for_the_crew("Build me a counter", "List", "Grid")
    (told,) = await stage.say(clear)

    assert told.body == "OK, from now on I'll write to you in English."
    assert await stage.rows("SELECT answer FROM question") == [{"answer": None}]
    assert await stage.rows("SELECT language, language_is_requested AS asked FROM contact") == [
        {"language": "en", "asked": True}
    ]
    await stage.say("2")
    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Grid"}]


async def test_a_language_that_the_crew_asks_for_is_the_answer(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "In English", "In German")
    await stage.say("German please")

    assert await stage.rows("SELECT answer FROM question") == [{"answer": "German please"}]
    assert await stage.rows("SELECT 1 FROM contact WHERE language_is_requested") == []


async def test_a_message_that_quotes_what_was_forgotten_is_a_strangers(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    asked = await sid_of(stage, TODO)
    told = await stage.is_told(MessageKind.UNDERSTOOD, about=TODO)
    await stage.say("forget me")
    assert (await stage.say("yes"))[-1].kind == "forgotten"

    await stage.say("stop", quoting=told.sid)
    await stage.say(QUIZ, quoting=asked)
    assert await stage.builds() == [(QUIZ, "queued")]
    assert await titles(stage, "queued") == [QUIZ]


async def test_what_quotes_a_message_and_is_read_after_forget_me_has_no_effect(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.finish_builds()
    late = await stage.send("make it blue", quoting=await sid_of(stage, TODO))
    await stage.say("forget me")
    await stage.say("yes")
    await stage.read(late)

    assert await stage.builds() == []
    assert await stage.rows("SELECT 1 FROM project") == []
    assert [heard.kind for heard in await stage.heard()] == ["forgotten"]
