"""What is read only after its user has gone on, and what is gone by then."""

from collections.abc import AsyncIterator

import pytest

from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import QUIZ, TODO
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

PLACE = {"MessageType": "location", "Latitude": "52.5", "Longitude": "13.4"}


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def test_of_unsubscribe_and_start_the_later_one_counts(stage: DialogueStage) -> None:
    await stage.say("hello")
    off = await stage.send("unsubscribe")
    on = await stage.send("start")
    await stage.read(on)
    await stage.read(off)
    assert await stage.rows("SELECT suppressed_reason FROM contact") == [
        {"suppressed_reason": None}
    ]


async def test_unsubscribe_found_later_keeps_nobody_from_what_they_asked_for_since(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    off = await stage.send("unsubscribe")
    await stage.pass_time(120)
    await stage.say(TODO)
    await stage.read(off)
    assert await stage.builds() == [(TODO, "queued")]
    assert await stage.rows("SELECT suppressed_reason FROM contact") == [
        {"suppressed_reason": None}
    ]


async def test_a_stop_that_is_found_later_is_not_told_that_nothing_is_built(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    stop = await stage.send("stop")
    await stage.pass_time(10)
    await stage.say(TODO)
    await stage.read(stop)
    assert await stage.builds() == [(TODO, "queued")]
    assert "Nothing is being built" not in (await stage.heard())[-1].body


async def test_what_was_said_before_a_doubt_leaves_it_open(stage: DialogueStage) -> None:
    await stage.say("hello")
    lost = await stage.send(QUIZ)
    (doubt,) = await stage.say("Maybe some day I might need an app for my plants")
    assert doubt.kind == "doubt"
    await stage.read(lost)
    assert (QUIZ, "queued") in await stage.builds()
    await stage.tap(doubt, "Build it")
    assert len(await stage.builds()) == 2


async def test_a_reply_to_the_question_what_for_means_it_also_after_talk(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    await stage.pass_time(5)
    (asked,) = await stage.say("", **PLACE)
    assert asked.kind == "what_for"
    await stage.say("hmm, let me think about it, thanks")
    await stage.pass_time(120)
    await stage.say("Build me a todo app with that place", quoting=asked.sid)
    ((text, _),) = await stage.builds()
    assert "[place:" in text


async def test_of_a_photo_that_is_gone_its_user_is_told(stage: DialogueStage) -> None:
    await stage.say("hello")
    sid = await stage.send("look, my cat")
    await stage.read(sid)
    await stage.rows(
        "UPDATE inbound_message SET body = body || E'\n[picture: photos/12345678.jpg]'"
        " WHERE message_sid = %s",
        sid,
    )
    await stage.pass_time(40 * 24 * 60)
    told = await stage.say("Nice cat, isn't it?", quoting=sid)
    assert "no longer have" not in told[0].body
    told = await stage.say("Build me a todo app with this picture", quoting=sid)
    ((text, _),) = await stage.builds()
    assert "[picture" not in text
    assert "no longer have the file" in told[0].body
