"""Kinds of messages beside words: what becomes material, what an answer, and what neither."""

from collections.abc import AsyncIterator

import pytest

from bot.projects.projects import Project
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Heard, Pool, dialogue_stage
from tests.settings import changed

pytestmark = pytest.mark.anyio

PLACE = {
    "MessageType": "location",
    "Latitude": "52.5",
    "Longitude": "13.4",
    "Label": "Rosa's\nbakery]",
    "Address": "Main Street 1",
}
MAP = "https://www.openstreetmap.org/?mlat=52.5&mlon=13.4"
SHOWN = f"[place: Rosa's bakery], Main Street 1, 52.5, 13.4, {MAP}]"
WISH = "Build a page that shows where we are"
ADDRESS = "Where is your bakery?"


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    """What comes waits for nothing."""
    async with dialogue_stage(pool, settings) as opened:
        yield opened


@pytest.fixture
async def patient(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    """What comes waits for a minute."""
    async with dialogue_stage(pool, changed(settings, ALBUM_SECONDS=60)) as opened:
        yield opened


async def kinds(stage: DialogueStage, said: str = "", **fields: str) -> list[str]:
    return [heard.kind for heard in await stage.say(said, **fields)]


async def asked(stage: DialogueStage, *options: str) -> Heard:
    """A question of the crew that builds a counter."""
    await stage.say("Build me a counter")
    return await stage.asks_for_the_crew("Build me a counter", *options, asked=ADDRESS)


async def answers(stage: DialogueStage) -> list[str]:
    return [row["answer"] for row in await stage.rows("SELECT answer FROM question")]


async def test_a_place_is_asked_about_and_belongs_to_the_words_that_follow(
    stage: DialogueStage,
) -> None:
    assert await kinds(stage, **PLACE) == ["what_for"]
    assert await kinds(stage, **PLACE) == [], "it was just asked"
    await stage.say(WISH)

    ((request_text, _),) = await stage.builds()
    assert request_text == "\n".join([WISH, SHOWN, SHOWN])
    words = await stage.rows("SELECT words, source FROM requirement ORDER BY number")
    assert [row["words"] for row in words] == [request_text]


@pytest.mark.parametrize("hears", ["nothing else", "an answer"])
async def test_words_that_come_hours_later_are_about_what_was_asked_last(
    stage: DialogueStage, hears: str
) -> None:
    assert await kinds(stage, **PLACE) == ["what_for"]
    for table, column in (
        ("request", "accepted_at"),
        ("inbound_message", "received_at"),
        ("outbox", "created_at"),
    ):
        await stage.rows(f"UPDATE {table} SET {column} = {column} - interval '5 hours'")
    if hears == "an answer":
        await stage.say("help")
    await stage.say(WISH)

    ((request_text, _),) = await stage.builds()
    assert request_text == (WISH if hears == "an answer" else f"{WISH}\n{SHOWN}")


async def test_talk_leaves_what_was_asked_about_to_the_words_for_it(stage: DialogueStage) -> None:
    assert await kinds(stage, **PLACE) == ["what_for"]
    assert await kinds(stage, **PLACE) == []
    await stage.say("One moment, what can you do?")
    await stage.say("How far are you?")
    await stage.say(WISH)

    assert await stage.builds() == [("\n".join([WISH, SHOWN, SHOWN]), "queued")]


async def test_a_place_that_waits_is_taken_up_by_words_at_once(patient: DialogueStage) -> None:
    assert await kinds(patient, **PLACE) == []
    await patient.say(WISH)

    ((request_text, _),) = await patient.builds()
    assert request_text == f"{WISH}\n{SHOWN}"
    types = await patient.rows("SELECT request_type, status FROM request ORDER BY accepted_at")
    assert [tuple(row.values()) for row in types] == [("joined", "completed"), ("build", "working")]


async def test_what_waited_for_more_says_everything_once(patient: DialogueStage) -> None:
    await patient.say("", **PLACE)
    last = await patient.send(WISH, **PLACE)
    await patient.read(last)
    await patient.rows("UPDATE inbound_message SET awaits_more_until = now()")
    await patient.read(last)

    assert await patient.builds() == [("\n".join([WISH, SHOWN, SHOWN]), "queued")]


@pytest.mark.parametrize("command", ["status", "help", "stop"])
async def test_a_command_takes_up_nothing_and_keeps_its_meaning(
    patient: DialogueStage, command: str
) -> None:
    await patient.say("", **PLACE)
    (told,) = await patient.say(command)

    assert "still reading" not in told.body
    waiting = await patient.rows(
        "SELECT request_type, status FROM request JOIN inbound_message USING (request_id)"
        " WHERE awaits_more_until IS NOT NULL"
    )
    assert [row["status"] for row in waiting] == ["accepted"]
    await patient.say(WISH)
    ((request_text, _),) = await patient.builds()
    assert (SHOWN in request_text) is (command != "stop"), "what a stop came after is over"


@pytest.mark.parametrize("stop", ["stop", "never mind"])
async def test_what_was_asked_about_is_over_with_a_stop(stage: DialogueStage, stop: str) -> None:
    assert await kinds(stage, **PLACE) == ["what_for"]
    await stage.say(stop)
    await stage.say(WISH)

    assert await stage.builds() == [(WISH, "queued")]


async def test_a_yes_to_what_a_place_is_for_answers_nothing_older(stage: DialogueStage) -> None:
    await stage.say("An app for plants would be cool some day")
    await stage.rows("UPDATE request SET accepted_at = accepted_at - interval '31 s'")
    assert await kinds(stage, **PLACE) == ["what_for"]
    await stage.say("ok")

    assert await stage.builds() == []


@pytest.mark.parametrize("no", ["no", "stop"])
@pytest.mark.parametrize("what", ["doubt", "budget"])
async def test_a_no_to_what_a_place_is_for_answers_nothing_older(
    stage: DialogueStage, what: str, no: str
) -> None:
    if what == "doubt":
        await stage.say("An app for plants would be cool some day")
    else:
        await stage.say(WISH)
        await stage.asks_about_budget(WISH)
    await stage.rows("UPDATE request SET accepted_at = accepted_at - interval '31 s'")
    assert await kinds(stage, **PLACE) == ["what_for"]
    (told,) = await stage.say(no)
    assert told.body.startswith("Nothing is being built right now")

    await stage.say("status")
    await stage.say("yes")
    assert [status for _, status in await stage.builds()] == ["queued"]


async def test_a_place_right_after_words_belongs_to_what_they_began(stage: DialogueStage) -> None:
    await stage.say(WISH)
    assert await kinds(stage, **PLACE) == []

    changes = await stage.rows("SELECT body FROM change_request")
    assert [row["body"] for row in changes] == [SHOWN]


async def test_a_place_right_after_doubtful_words_belongs_to_them(stage: DialogueStage) -> None:
    await stage.say("A page for my bakery would be cool some day")
    assert await kinds(stage, **PLACE) == []
    await stage.say("yes")

    ((request_text, _),) = await stage.builds()
    assert request_text.endswith(SHOWN)


async def test_what_was_lost_among_others_belongs_to_what_they_began(
    patient: DialogueStage,
) -> None:
    await patient.say("", **PLACE)
    lost = await patient.send("", **PLACE)
    await patient.say(WISH)
    await patient.rows("UPDATE inbound_message SET awaits_more_until = now()")
    await patient.read(lost)

    changes = await patient.rows("SELECT body FROM change_request")
    assert [row["body"] for row in changes] == [SHOWN]


async def test_a_place_long_after_words_is_asked_about(stage: DialogueStage) -> None:
    await stage.say(WISH)
    await stage.rows("UPDATE request SET accepted_at = accepted_at - interval '31 s'")

    assert await kinds(stage, **PLACE) == ["what_for"]


async def test_a_place_answers_a_question_of_the_crew(stage: DialogueStage) -> None:
    await asked(stage, "In town", "Elsewhere")
    (thanks,) = await stage.say("", **PLACE)

    assert thanks.body.startswith("Thanks!")
    assert await answers(stage) == [SHOWN]


async def test_a_place_that_answers_nothing_is_asked_about(stage: DialogueStage) -> None:
    await asked(stage, "In town", "Elsewhere")
    await stage.rows("UPDATE request SET accepted_at = accepted_at - interval '31 s'")
    # The stand-in's router takes a "page" for a wish.
    assert await kinds(stage, **PLACE | {"Label": "My page"}) == ["what_for"]
    assert await answers(stage) == [None]


@pytest.mark.parametrize("kind", ["poll", "order", "unsupported", "view_once", "unknown"])
async def test_what_is_not_read_is_answered_once_in_a_row(stage: DialogueStage, kind: str) -> None:
    (told,) = await stage.say("Build me an app", MessageType=kind)
    assert told.body.startswith("I can't read that kind of message")
    assert await kinds(stage, MessageType=kind) == []
    assert await stage.builds() == []
    assert await stage.rows("SELECT 1 FROM model_call") == []


async def test_what_should_bring_something_and_does_not_is_not_read(stage: DialogueStage) -> None:
    for kind in ("image", "audio", "document"):
        (told,) = await stage.say("menu.pdf" if kind == "document" else "", MessageType=kind)
        assert told.body.startswith("That file did not reach me")
    (told,) = await stage.say("", MessageType="video")
    assert told.body.startswith("I can't watch videos")
    assert await stage.rows("SELECT 1 FROM model_call") == []
    (told,) = await stage.say("", MessageType="location", Latitude="here", Longitude="there")
    assert told.body.startswith("I can't read that kind of message")


async def test_a_sticker_gets_a_kind_sentence_and_is_no_answer(stage: DialogueStage) -> None:
    (told,) = await stage.say("", MessageType="sticker", NumMedia="1")
    assert told.body.startswith("I like that one!")
    await asked(stage, "Yes", "No")
    (told,) = await stage.say("", MessageType="sticker", NumMedia="1")

    assert told.body.startswith("I can't tell from that")
    assert await answers(stage) == [None]
    assert await stage.rows("SELECT 1 FROM attachment") == []


async def test_a_reaction_is_not_answered(stage: DialogueStage) -> None:
    (hello,) = await stage.say("help")
    assert await kinds(stage, "👍", MessageType="reaction", quoting=hello.sid) == []
    assert await kinds(stage, "👍", MessageType="reaction") == []
    assert await kinds(stage, "", MessageType="reaction", quoting=hello.sid) == []
    assert await stage.rows("SELECT 1 FROM request WHERE status <> 'completed'") == []


@pytest.mark.parametrize(("thumb", "answer"), [("👍", "Yes"), ("👎", "No")])
async def test_a_thumb_on_a_question_of_the_crew_chooses_what_it_says(
    stage: DialogueStage, thumb: str, answer: str
) -> None:
    question = await asked(stage, "Yes", "No")
    await stage.say(thumb, MessageType="reaction", quoting=question.sid)

    assert await answers(stage) == [answer]


async def test_a_thumb_on_another_message_answers_no_question(stage: DialogueStage) -> None:
    (hello,) = await stage.say("help")
    await asked(stage, "Yes", "No")
    assert await kinds(stage, "👍", MessageType="reaction", quoting=hello.sid) == []
    assert await answers(stage) == [None]


async def test_a_thumb_builds_nothing_that_is_in_doubt_and_says_so(stage: DialogueStage) -> None:
    (doubt,) = await stage.say("An app for plants would be cool some day")
    (told,) = await stage.say("👍", MessageType="reaction", quoting=doubt.sid)

    assert told.body.startswith("I can't tell from that")
    assert await stage.builds() == []
    await stage.say("yes")
    assert len(await stage.builds()) == 1, "the question is still open"


async def test_a_button_of_a_template_does_nothing(stage: DialogueStage) -> None:
    (hello,) = await stage.say("help")
    (told,) = await stage.say(
        "Build me an app", quoting=hello.sid, MessageType="button", ButtonPayload="BUILD_ONE"
    )
    assert told.body.startswith("That button has expired")
    assert await stage.builds() == []


async def place_in_reply_to_the_older_app(patient: DialogueStage) -> Project:
    """Two apps, the newer one open, and a place that waits, quoting a message about the older."""
    await patient.say("hello")
    older = await patient.has_app("Todo")
    await patient.has_app("Quiz")
    (opened,) = await patient.say("open 1")
    await patient.say("open 2")
    assert await kinds(patient, quoting=opened.sid, **PLACE) == []
    return older


async def test_an_album_is_about_the_app_whose_message_its_first_photo_quotes(
    patient: DialogueStage,
) -> None:
    todo = await place_in_reply_to_the_older_app(patient)
    last = await patient.send("make it blue", **PLACE)
    await patient.read(last)
    assert await patient.builds() == [], "it waits for more"
    await patient.rows("UPDATE inbound_message SET awaits_more_until = now()")
    await patient.read(last)

    assert await patient.rows("SELECT project_id FROM build") == [{"project_id": todo.project_id}]


async def test_words_right_after_a_photo_are_about_the_app_whose_message_that_quotes(
    patient: DialogueStage,
) -> None:
    todo = await place_in_reply_to_the_older_app(patient)
    await patient.say("make it blue")

    assert await patient.rows("SELECT project_id FROM build") == [{"project_id": todo.project_id}]
