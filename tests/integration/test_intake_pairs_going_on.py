"""What goes on or rests: yes and no to a budget, "try again", and what came in between."""

from collections.abc import AsyncIterator

import pytest

from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import QUIZ, TODO, builds_two, has_votes, titles, votes
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


PLANTS = "An app for plants would be cool some day"


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


async def test_a_stop_that_was_written_before_leaves_in_doubt_what_came_after_it(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    late = await stage.send("stop")
    await stage.say(PLANTS)
    await stage.read(late)
    await stage.say("build it")

    assert await titles(stage, "queued") == [PLANTS]


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
