"""What is remembered of a user is deleted by what they mean: as they read it, and nothing else."""

from collections.abc import AsyncIterator

import pytest

from bot.languages.user_locale import note_requested
from bot.memory.facts import list_facts, remember
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

LIST = "What do you remember?"
BREAD, CAFE, NAME = "I bake bread & cakes *daily*", "My shop and cafe are in Bern", "I'm Rosa"


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        await opened.say("hello")
        await state(opened, BREAD, CAFE, NAME)
        yield opened


async def state(stage: DialogueStage, *facts: str) -> None:
    (user,) = await stage.rows("SELECT user_id FROM contact")
    for fact in facts:
        async with stage.services.pool.connection() as connection:
            await remember(connection, user["user_id"], [fact])


async def remembered(stage: DialogueStage) -> list[str]:
    (user,) = await stage.rows("SELECT user_id FROM contact")
    async with stage.services.pool.connection() as connection:
        return [fact.fact for fact in await list_facts(connection, user["user_id"])]


async def test_a_number_is_that_of_the_list_as_it_was_read(stage: DialogueStage) -> None:
    await stage.say(LIST)
    await state(stage, BREAD)  # which is known
    (told,) = await stage.say("Forget that 1")
    assert told.body.startswith(f"Deleted: {BREAD}\n\n")
    assert f"\n1. {CAFE}\n2. {NAME}\n" in told.body

    (told,) = await stage.say("Forget that 2")
    assert told.body.startswith(f"Deleted: {NAME}\n\n")
    (told,) = await stage.say("Forget that 1")
    assert told.body == f"Deleted: {CAFE}"
    assert await remembered(stage) == []


async def test_two_numbers_that_are_sent_at_once_are_of_one_list(stage: DialogueStage) -> None:
    await stage.say(LIST)
    for one in [await stage.send(f"Forget that {number}") for number in (1, 2)]:
        await stage.read(one)

    assert await remembered(stage) == [NAME]


async def test_a_number_of_no_list_that_they_have_read_deletes_nothing(
    stage: DialogueStage,
) -> None:
    (told,) = await stage.say("Forget that 2")
    assert f"1. {BREAD}\n2. {CAFE}\n3. {NAME}" in told.body
    for said in ("Forget that 4", "Forget that 1 and 4"):
        assert (await stage.say(said))[-1].body == told.body
    assert len(await remembered(stage)) == 3


@pytest.mark.parametrize("said", ["Forget that 1 and 3", "Vergiss 1 und 3", "انس 1 و3"])
async def test_several_numbers_are_meant_and_no_words(stage: DialogueStage, said: str) -> None:
    await stage.say(LIST)
    await stage.say(said)
    assert await remembered(stage) == [CAFE]


@pytest.mark.parametrize("language", ["ar", "hi"])
async def test_the_list_is_read_in_every_script(stage: DialogueStage, language: str) -> None:
    (user,) = await stage.rows("SELECT user_id FROM contact")
    async with stage.services.pool.connection() as connection:
        await note_requested(connection, user["user_id"], language)
    await stage.say(LIST)
    await stage.say("forget that 1")
    assert await remembered(stage) == [CAFE, NAME]
