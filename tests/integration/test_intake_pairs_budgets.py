"""Yes and no to a budget: what goes on, what rests, and what is added to a yes."""

from collections.abc import AsyncIterator

import pytest

from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import QUIZ, TODO, builds_two, titles
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


YES = ["yes", "Go ahead!", "ok, continue", "sure"]


NO = ["no", "no thanks", "rather not", "stop", "that's enough"]


@pytest.mark.parametrize("yes", YES)
async def test_yes_lets_a_build_go_on_that_its_budget_stopped(
    stage: DialogueStage, yes: str
) -> None:
    await stage.say("Build me a counter")
    await stage.asks_about_budget("Build me a counter")
    (told,) = await stage.say(yes)

    assert told.kind == "retrying"
    assert await stage.builds() == [("Build me a counter", "queued")]


@pytest.mark.parametrize("no", NO)
async def test_no_leaves_a_build_where_its_budget_stopped_it(stage: DialogueStage, no: str) -> None:
    await stage.say("Build me a counter")
    await stage.asks_about_budget("Build me a counter")
    (told,) = await stage.say(no)

    assert told.body.startswith("OK, I")
    assert await stage.rows("SELECT status, failure FROM build") == [
        {"status": "stopped", "failure": None}
    ]
    assert [heard.kind for heard in await stage.say("yes")] == ["reply"]
    assert await stage.builds() == [("Build me a counter", "stopped")]


async def test_a_no_to_one_budget_question_leaves_the_other_open(stage: DialogueStage) -> None:
    await builds_two(stage)
    await stage.asks_about_budget(TODO)
    await stage.asks_about_budget(QUIZ)
    await stage.say("no")
    await stage.say("yes")

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([QUIZ], [TODO])


async def test_a_no_to_a_budget_question_stops_nothing_beside_it(stage: DialogueStage) -> None:
    await builds_two(stage)
    asked = await stage.asks_about_budget(TODO)
    await stage.say("stop", quoting=asked.sid)

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])
    assert await stage.rows("SELECT 1 FROM build WHERE failure IS NOT NULL") == []


@pytest.mark.parametrize("how", ["typed", "tapped"])
async def test_a_yes_that_is_read_after_a_stop_lets_nothing_go_on(
    stage: DialogueStage, how: str
) -> None:
    await stage.say(TODO)
    asked = await stage.asks_about_budget(TODO)
    async with stage.pondered("By all means, but only the login page"):
        (told,) = await (stage.say("stop") if how == "typed" else stage.tap(asked, "Stop"))
        assert told.body.startswith("OK, I'll leave it there.")

    assert await stage.builds() == [(TODO, "stopped")]
    await stage.say("try again")
    assert await stage.builds() == [(TODO, "queued")]


@pytest.mark.parametrize("ends", [("stop",), ("unsubscribe", "start")])
async def test_a_yes_after_the_end_of_all_lets_nothing_go_on_whose_budget_was_asked_about(
    stage: DialogueStage, ends: tuple[str, ...]
) -> None:
    await builds_two(stage)
    await stage.asks_about_budget(TODO)
    for said in ends:
        await stage.say(said)
    await stage.say("ok")

    assert await titles(stage, "queued") == []
    await stage.say("try again")
    assert len(await titles(stage, "queued")) == 1, "what was kept is kept"


async def noted_changes(stage: DialogueStage) -> list[str]:
    """What is on the change lists, and asked of the app."""
    rows = await stage.rows(
        "SELECT body FROM change_request JOIN requirement USING (build_id, request_id)"
        " WHERE words = body ORDER BY change_id"
    )
    return [row["body"] for row in rows]


@pytest.mark.parametrize(
    "said", ["By all means, but only the login page", "Go for it with a login page"]
)
async def test_what_the_user_adds_to_a_yes_to_the_budget_is_made_too(
    stage: DialogueStage, said: str
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    told = await stage.say(said)

    assert [heard.kind for heard in told] == ["retrying", "noted"]
    assert await stage.builds() == [(TODO, "queued")]
    assert await noted_changes(stage) == [said]
    assert await stage.rows("SELECT 1 FROM request WHERE work_ended_at IS NOT NULL") == []


async def test_a_yes_to_the_budget_in_words_of_their_own_adds_nothing(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    told = await stage.say("By all means, let it go on")

    assert [heard.kind for heard in told] == ["retrying"]
    assert await stage.builds() == [(TODO, "queued")]
    assert [row["words"] for row in await stage.rows("SELECT words FROM requirement")] == [TODO]


async def test_what_the_user_adds_to_their_yes_is_for_the_next_version_where_nobody_reads_it_now(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.rows("UPDATE build SET takes_changes = false")
    await stage.rows(
        "INSERT INTO attachment (message_sid, number, user_id, path, content_type, content, sha256)"
        " SELECT message_sid, 0, user_id, 'pictures/logo.png', 'image/png', '', sha256('')"
        " FROM inbound_message"
    )
    await stage.asks_about_budget(TODO)
    told = await stage.say("By all means, but with a login page")

    assert [heard.kind for heard in told] == ["retrying", "noted"]
    assert told[1].body.startswith("Got it. I'll do that next")
    added = "By all means, but with a login page\n[picture: pictures/logo.png]"
    assert await stage.builds() == [(TODO, "queued"), (added, "queued")]
    assert await stage.rows(
        "SELECT request_text FROM attachment JOIN build USING (request_id, project_id)"
    ) == [{"request_text": added}], "the photo comes into the app with it"
    assert await stage.rows(
        "SELECT request_text FROM inbound_message JOIN build USING (request_id)"
        " WHERE retry_request_id IS DISTINCT FROM request_id ORDER BY received_at"
    ) == [{"request_text": TODO}, {"request_text": added}], "each is of a request of its own"

    await stage.say("stop")
    assert {status for _, status in await stage.builds()} == {"stopped"}


async def test_what_the_user_adds_to_their_yes_is_a_change_of_what_is_built_otherwise(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    await stage.say("Make it green")
    (told,) = await stage.say("By all means, but with a login page")

    assert told.kind == "noted"
    assert await stage.builds() == [(TODO, "stopped"), ("Make it green", "queued")]
    assert await noted_changes(stage) == ["By all means, but with a login page"]


async def test_start_brings_messages_back_and_no_build_that_rests(stage: DialogueStage) -> None:
    await stage.say(TODO)
    await stage.asks_about_budget(TODO)
    await stage.say("unsubscribe")
    (told,) = await stage.say("start")

    assert told.body.startswith("Good to have you here")
    assert await stage.builds() == [(TODO, "stopped")]
