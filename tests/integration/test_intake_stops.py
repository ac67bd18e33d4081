"""What a stop ends: what is built, a question, or all messages."""

from collections.abc import AsyncIterator

import pytest

from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

PLANTS = "An app for plants would be cool some day"
TEXTS_TOO_MUCH = "My boss says you should stop texting me"
SIX_STOPS = ("stop", "that's enough", "leave it", "cancel it please", "quit it", "halt")


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def kinds(stage: DialogueStage, said: str, **more: str) -> list[str]:
    return [heard.kind for heard in await stage.say(said, **more)]


async def test_a_second_stop_counts_from_when_it_was_said(stage: DialogueStage) -> None:
    await stage.say("stop")
    said = await stage.send("stop")
    await stage.pass_time(60)
    await stage.read(said)

    assert (await stage.heard())[-1].kind == "opted_out"


async def test_a_command_is_no_stop_of_another_language(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    await stage.say("cancel")

    assert await kinds(stage, "मुझे भूल जाओ") == ["forget_asked"]


@pytest.mark.parametrize("stop", SIX_STOPS)
async def test_a_stop_in_any_words_stops_what_is_built(stage: DialogueStage, stop: str) -> None:
    await stage.say("Build me a counter")
    assert await kinds(stage, stop) == ["stopped"]
    assert await stage.builds() == [("Build me a counter", "stopped")]


async def test_a_stop_that_only_a_model_understands_stops_too(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    assert await kinds(stage, "Honestly, no more of this today") == ["stopped"]
    assert [call["role"] for call in stage.claude.journal.as_json()] == ["router", "router"]


async def test_six_stops_in_a_row_get_no_small_talk(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    for stop in SIX_STOPS:
        await stage.say(stop)

    assert "companion" not in {call["role"] for call in stage.claude.journal.as_json()}
    assert await stage.builds() == [("Build me a counter", "stopped")]


async def test_enough_is_a_no_where_nothing_is_built(stage: DialogueStage) -> None:
    (asked,) = await stage.say(PLANTS)
    assert asked.kind == "doubt"
    await stage.say("status")
    await stage.say("that's enough")
    (asked,) = await stage.say("Maybe an app for birds some day")
    assert asked.kind == "doubt"


@pytest.mark.parametrize("said", ["STOP", "Stop it!", "berhenti", "stop chat"])
async def test_a_stop_is_a_yes_to_no_more_messages(stage: DialogueStage, said: str) -> None:
    await stage.say("hello")
    assert await kinds(stage, TEXTS_TOO_MUCH) == ["unsubscribe_asked"]
    assert await kinds(stage, said) == ["opted_out"]


@pytest.mark.parametrize("how", ["says", "quotes"])
async def test_a_stop_that_ends_messages_ends_what_is_built_too(
    stage: DialogueStage, how: str
) -> None:
    await stage.say("Build me a counter")
    (asked,) = await stage.say(TEXTS_TOO_MUCH)
    assert await kinds(stage, "stop", quoting=asked.sid if how == "quotes" else "") == ["opted_out"]
    assert await stage.builds() == [("Build me a counter", "stopped")]


@pytest.mark.parametrize("said", ["stop the build", "Stop building!"])
async def test_a_stop_of_what_is_built_ends_no_messages(stage: DialogueStage, said: str) -> None:
    await stage.say("Build me a counter")
    await stage.say(TEXTS_TOO_MUCH)
    assert await kinds(stage, said) == ["stopped"]
    assert await stage.builds() == [("Build me a counter", "stopped")]
    assert await kinds(stage, "hello") == ["reply"]


@pytest.mark.parametrize("said", ["cancel", "never mind", "no"])
async def test_what_is_no_very_stop_ends_no_messages(stage: DialogueStage, said: str) -> None:
    await stage.say("hello")
    await stage.say(TEXTS_TOO_MUCH)
    (told,) = await stage.say(said)
    assert told.body == "OK, I'll keep writing to you."
