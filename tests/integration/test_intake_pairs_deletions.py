"""A question whether to delete meets what was written before, since, or about another app."""

from collections.abc import AsyncIterator

import pytest

from bot.intake.batching import FEWEST_JOINED
from bot.messages.kinds import MessageKind
from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import TODO, has_votes, votes
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


@pytest.mark.parametrize("yes", ["yes", "Sure", "yes, delete it", "1"])
async def test_yes_clears_what_visitors_left(stage: DialogueStage, yes: str) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    (asked,) = await stage.say("data clear")
    assert asked.kind == "clear_asked"
    (told,) = await stage.say(yes)

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 0
    assert len(await stage.rows("SELECT 1 FROM cleared_document")) == 2


BEFORE = {
    "Make the title bigger": {},
    "change something": {},
    "a place": {"MessageType": "location", "Latitude": "52.5", "Longitude": "13.4"},
    "no file": {"MessageType": "image"},
}


async def sends(stage: DialogueStage, what: str) -> str:
    """Let that come in and not be read yet."""
    fields = BEFORE[what]
    return await stage.send("" if fields else what, **fields)


@pytest.mark.parametrize(
    ("before", "answer"), list(zip(BEFORE, ["Delete everything", "yes"] * 2, strict=True))
)
async def test_what_they_wrote_before_forget_me_leaves_its_question_open(
    stage: DialogueStage, before: str, answer: str
) -> None:
    await stage.say("Build me a counter")
    late = await sends(stage, before)
    (asked,) = await stage.say("forget me")
    await stage.read(late)
    told = await (stage.say(answer) if answer == "yes" else stage.tap(asked, answer))

    assert told[-1].kind == "forgotten"
    assert await stage.rows("SELECT 1 FROM project") == []


@pytest.mark.parametrize("before", ["Make the title bigger", "a place"])
async def test_what_they_wrote_before_they_were_asked_to_clear_leaves_that_open(
    stage: DialogueStage, before: str
) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    late = await sends(stage, before)
    (asked,) = await stage.say("data clear")
    await stage.read(late)
    (told,) = await stage.tap(asked, "Clear the data")

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 0


async def test_what_they_wrote_after_it_closes_it_also_where_it_is_read_with_what_came_before(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    late = await stage.send("Make the title bigger")
    await stage.say("forget me")
    for number in range(FEWEST_JOINED):
        await stage.send(f"and {number} in large")
    await stage.read(late)
    await stage.say("yes")

    assert await stage.rows("SELECT 1 FROM project") != []


@pytest.mark.parametrize("no", ["no", "No thanks!", "rather not", "cancel", "start", "2"])
async def test_everything_else_clears_nothing(stage: DialogueStage, no: str) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    await stage.say("data clear")
    await stage.say(no)
    assert await votes(stage) == 2

    if no != "start":
        await stage.say("yes")
        assert await votes(stage) == 2, "the question is answered"


async def test_yes_clears_the_app_that_was_asked_about(stage: DialogueStage) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    await stage.say("data clear")
    await has_votes(stage, "Quiz", 1)
    await stage.say("open Quiz")
    (told,) = await stage.say("yes")

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 1


@pytest.mark.parametrize("heard", ["the app", "undo", "try again", "versions"])
async def test_a_yes_to_what_they_heard_since_clears_nothing(
    stage: DialogueStage, heard: str
) -> None:
    await stage.say(TODO)
    await has_votes(stage, "Poll", 2)
    await stage.say("open Poll")
    (asked,) = await stage.say("data clear")
    assert asked.kind == "clear_asked"
    if heard == "the app":
        await stage.is_told(MessageKind.PUBLISHED, about=TODO)
    else:
        assert await stage.say(heard)
    await stage.say("1" if heard == "versions" else "cool")

    assert await votes(stage) == 2


async def test_a_no_to_one_clearing_leaves_the_other_question_open(stage: DialogueStage) -> None:
    await stage.say("hello")
    await has_votes(stage, "Poll", 2)
    await stage.say("data clear")
    await has_votes(stage, "Quiz", 1)
    await stage.say("open Quiz")
    await stage.say("data clear")
    await stage.say("no")
    (told,) = await stage.say("yes")

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await votes(stage) == 1
