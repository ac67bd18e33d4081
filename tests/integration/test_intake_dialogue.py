"""What a message means depends on what is open: questions, builds, and what it quotes."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import get_args
from uuid import uuid4

import pytest

from bot.intake.command_names import Command
from bot.messages.kinds import MessageKind
from bot.model.answers import CommandName
from bot.model.budgets import BudgetLimits, reserved
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

PLANTS = "An app for plants would be cool some day"
TEXTS_TOO_MUCH = "My boss says you should stop texting me"


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def kinds(stage: DialogueStage, said: str, **more: str) -> list[str]:
    return [heard.kind for heard in await stage.say(said, **more)]


def test_the_router_knows_the_commands_that_users_have() -> None:
    answers = {Command.FORGET_NOW, Command.CLEAR_DATA_NOW, Command.KEEP, Command.KEEP_DATA}
    assert set(get_args(CommandName)) == set(Command) - answers


@pytest.mark.parametrize("yes", ["yes, build it", "Yes!", "start", "go for it", "1"])
async def test_yes_builds_what_was_in_doubt(stage: DialogueStage, yes: str) -> None:
    assert await kinds(stage, PLANTS) == ["doubt"]
    await stage.say(yes)

    ((request_text, status),) = await stage.builds()
    assert (request_text.splitlines()[0], status) == (PLANTS, "queued")


@pytest.mark.parametrize("no", ["no thanks", "Nope.", "cancel", "I'd rather not", "2"])
async def test_no_builds_nothing_and_says_so(stage: DialogueStage, no: str) -> None:
    await stage.say(PLANTS)
    (declined,) = await stage.say(no)

    assert declined.body.startswith("OK, I won't build that")
    await stage.say("cancel")
    await stage.say("cancel")
    assert await stage.builds() == []
    assert await stage.rows("SELECT 1 FROM contact WHERE suppressed_reason IS NOT NULL") == []


async def test_what_the_user_adds_to_yes_is_built_too(stage: DialogueStage) -> None:
    await stage.say(PLANTS)
    await stage.say("Go for it, but with a calendar")

    assert await stage.builds() == [(f"{PLANTS}\nGo for it, but with a calendar", "queued")]


async def test_yes_deletes_everything_once_it_was_asked(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    assert await kinds(stage, "forget me") == ["forget_asked"]
    assert await kinds(stage, "yes") == ["forgotten"]
    assert await stage.rows("SELECT 1 FROM project") == []


async def test_no_deletes_nothing(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    await stage.say("forget me")
    assert await kinds(stage, "no") == ["forget_declined"]
    assert await kinds(stage, "yes") == ["reply"]
    assert len(await stage.rows("SELECT 1 FROM project")) == 1


async def test_a_stop_deletes_nothing_of_those_who_want_no_messages(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    await stage.say("unsubscribe")
    await stage.say("forget me")
    assert await kinds(stage, "stop") == ["forget_declined"]
    assert await kinds(stage, "yes") == []
    assert len(await stage.rows("SELECT 1 FROM project")) == 1


@pytest.mark.parametrize(
    "lapse", ["time", "another request", "change something", "new app", "a place", "no file"]
)
async def test_an_old_yes_deletes_nothing(stage: DialogueStage, lapse: str) -> None:
    await stage.say("Build me a counter")
    await stage.say("forget me")
    if lapse == "time":
        await stage.pass_time(11)
    elif lapse == "another request":
        await stage.say("Build me a quiz")
    elif lapse in {"change something", "new app"}:
        await stage.say(lapse)
    elif lapse == "a place":
        await stage.say("", MessageType="location", Latitude="52.5", Longitude="13.4")
    else:
        await stage.say("", MessageType="image")
    await stage.say("yes")

    assert await stage.rows("SELECT 1 FROM project") != []


async def hears_of_something_else(stage: DialogueStage, what: str) -> None:
    """Let them hear of the app, or of what they ask for."""
    if what == "the app":
        await stage.finish_builds()
        await stage.is_told(MessageKind.PUBLISHED, about="Build me a counter")
    else:
        assert await stage.say(what)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("the app", "I love it"),
        ("the app", "yes"),
        ("the app", "By all means, that's lovely"),
        ("what do you remember", "1"),
        ("versions", "1"),
        ("undo", "cool"),
        ("try again", "ok, cool"),
    ],
)
async def test_a_yes_to_what_they_heard_since_forgets_nobody(
    stage: DialogueStage, what: str, said: str
) -> None:
    await stage.say("Build me a counter")
    await stage.say("forget me")
    await hears_of_something_else(stage, what)
    await stage.say(said)

    assert len(await stage.rows("SELECT 1 FROM project")) == 1


@pytest.mark.parametrize("how", ["says", "taps", "types", "quotes"])
async def test_who_is_asked_and_hears_of_their_app_is_asked_once_more_or_taps(
    stage: DialogueStage, how: str
) -> None:
    await stage.say("Build me a counter")
    (asked,) = await stage.say("forget me")
    await hears_of_something_else(stage, "the app")
    if how == "says":
        assert await kinds(stage, "yes") == ["forget_asked"]
        assert await kinds(stage, "yes") == ["forgotten"]
    elif how == "taps":
        assert [told.kind for told in await stage.tap(asked, "Delete everything")] == ["forgotten"]
    elif how == "types":
        assert await kinds(stage, "Delete everything") == ["forgotten"]
    else:
        assert await kinds(stage, "yes", quoting=asked.sid) == ["forgotten"]

    assert await stage.rows("SELECT 1 FROM project") == []


@pytest.mark.parametrize(
    ("said", "told"), [("perfect!", "unsubscribe_asked"), ("opt out", "opted_out")]
)
async def test_a_yes_to_what_they_heard_since_ends_no_messages(
    stage: DialogueStage, said: str, told: str
) -> None:
    await stage.say("Build me a counter")
    await stage.say(TEXTS_TOO_MUCH)
    await hears_of_something_else(stage, "the app")
    assert await kinds(stage, said) == [told]


async def test_a_yes_counts_from_when_it_was_said_however_late_it_is_read(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    await stage.say("forget me")
    said = await stage.send("yes")
    await stage.pass_time(60)
    await stage.read(said)

    assert await stage.rows("SELECT 1 FROM project") == []


async def test_the_latest_question_is_answered_first(stage: DialogueStage) -> None:
    await stage.say(PLANTS)
    await stage.say("forget me")
    await stage.say("no")
    assert await stage.builds() == []
    await stage.say("yes")

    assert await stage.builds() == [(PLANTS, "queued")]


async def test_a_reply_to_a_question_answers_that_one(stage: DialogueStage) -> None:
    (doubt,) = await stage.say(PLANTS)
    await stage.say("forget me")
    await stage.say("yes", quoting=doubt.sid)

    assert await stage.builds() == [(PLANTS, "queued")]


@pytest.mark.parametrize("way", ["tap", "reply"])
async def test_who_answers_the_very_question_after_days_is_understood(
    stage: DialogueStage, way: str
) -> None:
    await stage.say("Build me a counter")
    budget = await stage.asks_about_budget("Build me a counter")
    (doubt,) = await stage.say(PLANTS)
    await stage.pass_time(3 * 24 * 60)
    await stage.say("yes")
    assert [status for _, status in await stage.builds()] == ["stopped"], "too late for a mere yes"
    if way == "tap":
        await stage.tap(doubt, "Build it")
        await stage.tap(budget, "Continue")
    else:
        await stage.say("yes", quoting=doubt.sid)
        await stage.say("yes", quoting=budget.sid)

    expected = [("Build me a counter", "queued"), (PLANTS, "queued")]
    assert sorted(await stage.builds()) == sorted(expected)


async def test_what_was_asked_after_they_wrote_is_not_answered(stage: DialogueStage) -> None:
    await stage.say("hello")
    await stage.rows("UPDATE contact SET forget_asked_at = now() + interval '1 minute'")
    assert await kinds(stage, "yes") == ["reply"]
    assert len(await stage.rows("SELECT 1 FROM contact WHERE forgotten_request_id IS NULL")) == 1


async def test_a_number_is_the_choice_that_its_writer_had_before_them(
    stage: DialogueStage,
) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "Blue", "Green")
    await stage.say("Build me a quiz")
    said = await stage.send("2")
    await stage.is_told(MessageKind.UNDERSTOOD, about="Build me a quiz")
    await stage.read(said)

    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Green"}]
    assert {status for _, status in await stage.builds()} == {"running", "queued"}

    await stage.is_told(MessageKind.UNDERSTOOD, about="Build me a counter")
    assert await kinds(stage, "2") == ["stopped"], "*Stop* was there when they wrote"


async def test_a_number_under_a_list_builds_nothing_that_was_in_doubt(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    await stage.has_app("Quiz")
    await stage.say(PLANTS)
    await stage.say("projects")
    await stage.say("1")

    assert await stage.builds() == []


async def test_a_yes_answers_its_question_where_words_were_asked_for_only_after_it(
    stage: DialogueStage,
) -> None:
    place = await stage.send("", MessageType="location", Latitude="52.5", Longitude="13.4")
    await stage.say("forget me")
    said = await stage.send("yes")
    await stage.read(place)
    assert (await stage.heard())[-1].kind == "what_for"
    await stage.read(said)

    assert (await stage.heard())[-1].kind == "forgotten"


async def asked_by_the_crew(stage: DialogueStage, *options: str) -> None:
    await stage.say("Build me a counter")
    await stage.rows("UPDATE build SET status = 'running', waits_until = now() + interval '9 min'")
    await stage.rows(
        "INSERT INTO question (build_id, user_id, tool_use_id, position, question, options,"
        " default_answer, asked_at) SELECT build_id, user_id, %s, 1, 'How?', %s, %s, now()"
        " FROM build",
        uuid4().hex,
        list(options),
        options[0],
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [("List", "List"), ("grid!", "Grid"), ("2", "Grid"), ("just as you like", "just as you like")],
)
async def test_options_come_before_commands(stage: DialogueStage, said: str, answer: str) -> None:
    await asked_by_the_crew(stage, "List", "Grid")
    await stage.say(said)

    assert await stage.rows("SELECT answer FROM question") == [{"answer": answer}]


async def test_yes_is_the_option_that_says_so(stage: DialogueStage) -> None:
    await asked_by_the_crew(stage, "No thanks", "Yes please")
    await stage.say("yep")

    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Yes please"}]


async def test_what_a_model_reads_as_destructive_is_asked_back_once(stage: DialogueStage) -> None:
    await stage.say("hello")
    (asked,) = await stage.say("Would you erase me from your files")
    assert asked.kind == "forget_asked"
    await stage.say("no")
    (asked,) = await stage.say(TEXTS_TOO_MUCH)
    assert asked.kind == "unsubscribe_asked"
    await stage.tap(asked, "Keep writing")
    assert await stage.rows("SELECT 1 FROM contact WHERE suppressed_reason IS NOT NULL") == []
    await stage.say(TEXTS_TOO_MUCH)
    assert await kinds(stage, "yes") == ["opted_out"]


async def test_what_a_model_reads_as_harmless_is_done(stage: DialogueStage) -> None:
    await stage.say("Build me a counter")
    (told,) = await stage.say("How far are you with it now?")

    assert "companion" not in {call["role"] for call in stage.claude.journal.as_json()}
    assert "%" in told.body or "counter" in told.body


async def test_a_reply_is_about_the_app_whose_message_it_quotes(stage: DialogueStage) -> None:
    await stage.say("Build me a todo app")
    await stage.finish_builds()
    await stage.say("Build me a quiz")
    await stage.finish_builds()
    (first, _) = await stage.rows("SELECT message_sid FROM inbound_message ORDER BY received_at")
    await stage.say("make it blue", quoting=first["message_sid"])

    changed = await stage.rows(
        "SELECT project.title FROM build JOIN project USING (project_id)"
        " WHERE request_text = 'make it blue'"
    )
    assert changed == [{"title": "Build me a todo app"}]


async def test_a_command_is_about_the_app_whose_message_it_quotes(stage: DialogueStage) -> None:
    await stage.say("hello")
    todo = await stage.has_app("Todo")
    await stage.has_app("Quiz")
    (opened,) = await stage.say("open 1")
    assert "*Todo*" in opened.body
    await stage.say("open 2")
    (asked,) = await stage.say("change something", quoting=opened.sid)
    assert "*Todo*" in asked.body
    await stage.say("make it blue")

    assert await stage.rows("SELECT project_id FROM build") == [{"project_id": todo.project_id}]


async def test_what_is_read_twice_leaves_the_call_of_its_build_its_reservation(
    stage: DialogueStage,
) -> None:
    message_sid = await stage.send("Build me a todo app")
    await stage.read(message_sid)
    (build,) = await stage.rows("SELECT request_id, user_id FROM build")
    limits = BudgetLimits(request=Decimal(5), user_day=Decimal(20), total_day=Decimal(100))
    async with reserved(stage.services.pool, limits, amount=Decimal(2), **build):
        await stage.read(message_sid)  # by a worker that goes on with a dead one's jobs
        held = await stage.rows("SELECT reserved FROM budget_account WHERE account LIKE 'total:%%'")
        assert held == [{"reserved": Decimal(2)}]


async def test_who_replies_to_news_that_carries_a_question_answers_it(stage: DialogueStage) -> None:
    """So news goes out that waited for its user to write."""
    (news,) = await stage.say("help")
    await stage.say("Build me a counter")
    question = await stage.asks_for_the_crew("Build me a counter", "Red", "Blue", asked="Colour?")
    await stage.rows(
        "UPDATE outbox SET carries = true, body = body || %s WHERE provider_sid = %s",
        question.body,
        news.sid,
    )
    await stage.rows(
        "UPDATE outbox SET carried_by = (SELECT id FROM outbox WHERE provider_sid = %s)"
        " WHERE provider_sid = %s",
        news.sid,
        question.sid,
    )
    await stage.say("Blue", quoting=news.sid)
    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Blue"}]
