"""Everyday words in any language: they answer what is open, and end or delete nothing by chance."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bot.messages.kinds import MessageKind
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio

COUNTER, QUIZ = "Build me a counter", "Build me a quiz"
PLANTS = "An app for plants would be cool some day"


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


async def is_opted_out(stage: DialogueStage) -> bool:
    return bool(await stage.rows("SELECT 1 FROM contact WHERE suppressed_reason IS NOT NULL"))


async def answers(stage: DialogueStage) -> list[str | None]:
    return [row["answer"] for row in await stage.rows("SELECT answer FROM question")]


async def speaks(stage: DialogueStage, language: str) -> None:
    """Let the user be spoken to in that language."""
    await stage.rows(
        "UPDATE contact SET language = %s, language_is_requested = true WHERE user_id <> ''",
        language,
    )


async def has_entries(stage: DialogueStage, title: str) -> None:
    """Let the user have an app in which visitors have left two things."""
    app = await stage.has_app(title)
    for _ in range(2):
        await stage.rows(
            "INSERT INTO document (project_id, collection, document_id, data, size)"
            " VALUES (%s, 'votes', %s, '{}', 2)",
            app.project_id,
            uuid4().hex,
        )


async def left_in(stage: DialogueStage) -> dict[str, int]:
    """How much visitors have left, by the app's title."""
    rows = await stage.rows(
        "SELECT title, count(*) AS number FROM document JOIN project USING (project_id)"
        " GROUP BY title"
    )
    return {row["title"]: row["number"] for row in rows}


@pytest.mark.parametrize("said", ["Halo kak, mau pesan", "لا أريد ذلك", "और संदेश", "don't bother"])
async def test_who_begins_to_talk_keeps_getting_messages(stage: DialogueStage, said: str) -> None:
    assert await stage.say(said)
    assert not await is_opted_out(stage)
    assert await stage.say("hello")


@pytest.mark.parametrize(
    ("options", "said", "answer"),
    [
        (("Dark", "Light"), "don't bother", "don't bother"),
        (("Yes", "No thanks"), "don't bother", "No thanks"),
        (("Yes", "No thanks"), "never mind", "No thanks"),
        (("Oui", "Non"), "je veux bien", "Oui"),
        (("Oui", "Non"), "pas la peine", "Non"),
        (("Iya", "Tidak"), "ya", "Iya"),
        (("Iya", "Tidak"), "gak usah", "Tidak"),
        (("Dunkel", "Hell"), "egal", "egal"),
        (("Oscuro", "Claro"), "da igual", "da igual"),
        (("Dark", "Light"), "not now", "not now"),
        (("داكن", "فاتح"), "لا يهم", "لا يهم"),
        (("Dark", "Light"), "olvida esto", "olvida esto"),
    ],
)
async def test_what_is_no_unmistakable_stop_answers_the_crew(
    stage: DialogueStage, options: tuple[str, str], said: str, answer: str
) -> None:
    await stage.say(COUNTER)
    await stage.asks_for_the_crew(COUNTER, *options)
    await stage.say(said)

    assert await answers(stage) == [answer]
    assert await stage.builds() == [(COUNTER, "running")]
    assert not await is_opted_out(stage)


@pytest.mark.parametrize("said", ["stop", "cancel it", "that's enough", "Leave it!"])
async def test_a_stop_is_no_answer_to_the_crew(stage: DialogueStage, said: str) -> None:
    """The fixed words of one, and what a model takes for one."""
    await stage.say(COUNTER)
    await stage.asks_for_the_crew(COUNTER, "Dark", "Light")
    (told,) = await stage.say(said)

    assert told.kind == MessageKind.STOPPED
    assert await stage.builds() == [(COUNTER, "stopped")]


@pytest.mark.parametrize("said", ["never mind", "egal", "peu importe", "forget it"])
async def test_a_no_to_one_wish_stops_nothing_beside_it(stage: DialogueStage, said: str) -> None:
    await stage.say(COUNTER)
    await stage.say(PLANTS)
    (told,) = await stage.say(said)

    assert told.body.startswith("OK, I won't build that")
    assert await stage.builds() == [(COUNTER, "queued")]


@pytest.mark.parametrize("said", ["ya", "je veux bien", "ya ok"])
async def test_a_yes_to_one_wish_stops_nothing_beside_it(stage: DialogueStage, said: str) -> None:
    await stage.say(COUNTER)
    await stage.say(PLANTS)
    await stage.say(said)

    assert await stage.builds() == [(COUNTER, "queued"), (PLANTS, "queued")]


@pytest.mark.parametrize("said", ["never mind", "forget it"])
async def test_a_no_to_the_budget_of_one_app_stops_no_other(
    stage: DialogueStage, said: str
) -> None:
    await stage.say(COUNTER)
    await stage.say(QUIZ)
    await stage.asks_about_budget(QUIZ)
    await stage.say(said)

    assert await stage.builds() == [(COUNTER, "queued"), (QUIZ, "stopped")]
    assert await stage.rows("SELECT 1 FROM build WHERE failure IS NOT NULL") == []


async def test_a_no_to_the_end_of_all_stops_no_build(stage: DialogueStage) -> None:
    await stage.say(COUNTER)
    await stage.say("forget me")
    (told,) = await stage.say("never mind")

    assert told.kind == MessageKind.FORGET_DECLINED
    assert await stage.builds() == [(COUNTER, "queued")]


@pytest.mark.parametrize(
    "said", ["no pasa nada", "pas grave", "schon gut", "koi baat nahi", "معلش", "ya", "no problem"]
)
async def test_who_reassures_while_an_app_is_built_stops_nothing(
    stage: DialogueStage, said: str
) -> None:
    await stage.say(COUNTER)
    await stage.say(said)

    assert await stage.builds() == [(COUNTER, "queued")]


async def test_a_no_to_what_a_place_is_for_stops_nothing(stage: DialogueStage) -> None:
    await stage.say(COUNTER)
    await stage.finish_builds()
    await stage.rows("UPDATE request SET accepted_at = accepted_at - interval '31 s'")
    place = {"MessageType": "location", "Latitude": "52.5", "Longitude": "13.4"}
    (told,) = await stage.say("", **place)
    assert told.kind == MessageKind.WHAT_FOR
    await stage.rows("UPDATE build SET status = 'running', ended_at = NULL")
    await stage.say("never mind")

    assert await stage.builds() == [(COUNTER, "running")]


async def test_never_mind_stops_what_is_built_where_nothing_was_asked(
    stage: DialogueStage,
) -> None:
    await stage.say(COUNTER)
    (told,) = await stage.say("never mind")
    assert told.kind == MessageKind.STOPPED


@pytest.mark.parametrize("said", ["arrêter", "Arrêtez !", "STOOOP", "أوقف", "hentikan"])
async def test_a_stop_in_a_row_ends_messages_in_every_language(
    stage: DialogueStage, said: str
) -> None:
    await stage.say("hello")
    await speaks(stage, "fr")
    (told,) = await stage.say(said)
    assert (told.kind, "*arrêter*" in told.body) == (MessageKind.NOTHING_TO_STOP, True)
    (told,) = await stage.say(said)

    assert told.kind == MessageKind.OPTED_OUT


async def test_the_printed_stop_is_a_yes_to_no_more_messages(stage: DialogueStage) -> None:
    await stage.say("hello")
    await speaks(stage, "fr")
    (asked,) = await stage.say("My boss says you should stop texting me")
    assert asked.kind == MessageKind.UNSUBSCRIBE_ASKED
    (told,) = await stage.say("arrêter")

    assert told.kind == MessageKind.OPTED_OUT


@pytest.mark.parametrize("said", ["हटाओ", "इसे हटाओ", "hata do", "delete karo"])
async def test_to_delete_it_means_no_account(stage: DialogueStage, said: str) -> None:
    await stage.say("hello")
    await has_entries(stage, "Poll")
    await stage.say("data clear")
    for _ in range(2):
        for told in await stage.say(said):
            assert told.kind not in {MessageKind.FORGET_ASKED, MessageKind.FORGOTTEN}

    assert await stage.rows("SELECT 1 FROM project") != []


@pytest.mark.parametrize("said", ["delete everything", "lösche alles", "sab hata do"])
async def test_all_that_visitors_left_is_everything_where_that_was_asked(
    stage: DialogueStage, said: str
) -> None:
    await stage.say("hello")
    await has_entries(stage, "Poll")
    await stage.say("data clear")
    (told,) = await stage.say(said)

    assert told.body.startswith("Deleted in *Poll*: 2 entries.")
    assert await left_in(stage) == {}
    assert await stage.rows("SELECT 1 FROM project") != []


async def test_who_wants_no_messages_is_still_asked_before_all_is_deleted(
    stage: DialogueStage,
) -> None:
    await stage.say("hello")
    await has_entries(stage, "Poll")
    await stage.say("data clear")
    await stage.say("unsubscribe")
    (told,) = await stage.say("delete everything")

    assert told.kind == MessageKind.FORGET_ASKED
    assert await left_in(stage) == {"Poll": 2}


@pytest.mark.parametrize("how", ["taps", "quotes"])
async def test_a_title_between_marks_of_direction_is_found(stage: DialogueStage, how: str) -> None:
    """In Arabic titles stand between marks that keep their letters in order."""
    await stage.say("hello")
    await speaks(stage, "ar")
    await has_entries(stage, "Poll")
    (asked,) = await stage.say("data clear")
    assert "*\u2068Poll\u2069*" in asked.body
    await has_entries(stage, "Quiz")
    await stage.say("open Quiz")
    if how == "taps":
        await stage.tap(asked, asked.choices[0]["title"])
    else:
        await stage.say("نعم", quoting=asked.sid)

    assert await left_in(stage) == {"Quiz": 2}
