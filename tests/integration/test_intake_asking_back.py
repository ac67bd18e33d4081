"""Words that look like a command or a yes and are none: questions back, slips, negations."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bot.messages.kinds import MessageKind
from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import TODO
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


@pytest.mark.parametrize(
    "said",
    ["sure?", "¿Seguro?", "Sicher?", "أكيد؟", "Delete everything?", "sure?!", "yes? 😅", "ok..?)",
     "أكيد؟\u200f", "¿seguro", "yes ⁉️"],
)  # fmt: skip
async def test_who_asks_back_is_not_forgotten(stage: DialogueStage, said: str) -> None:
    await stage.say(TODO)
    await stage.say("forget me")
    await stage.say(said)
    assert await stage.rows("SELECT 1 FROM project")


@pytest.mark.parametrize("said", ["no worries", "tidak apa-apa"])
async def test_who_reassures_is_not_forgotten(stage: DialogueStage, said: str) -> None:
    await stage.say(TODO)
    await stage.say("forget me")
    await stage.say(said)
    assert await stage.rows("SELECT 1 FROM project")


@pytest.mark.parametrize("said", ["yes", "delete everything", "👍"])
async def test_words_that_are_forwarded_forget_nobody(stage: DialogueStage, said: str) -> None:
    await stage.say(TODO)
    await stage.say("forget me")
    (again,) = await stage.say(said, Forwarded="true")
    assert again.kind == MessageKind.FORGET_ASKED
    await stage.say("yes")
    assert not await stage.rows("SELECT 1 FROM project")


@pytest.mark.parametrize(
    ("said", "more"),
    [("Should I go for it?!", {}), ("Go for it, I'd love that", {"FrequentlyForwarded": "true"})],
)
async def test_what_a_model_reads_as_a_yes_is_no_clearer(
    stage: DialogueStage, said: str, more: dict[str, str]
) -> None:
    await stage.say(TODO)
    await stage.say("forget me")
    (again,) = await stage.say(said, **more)
    assert again.kind == MessageKind.FORGET_ASKED


async def test_a_yes_to_a_message_that_is_gone_forgets_nobody(stage: DialogueStage) -> None:
    await stage.say(TODO)
    await stage.say("forget me")
    (again,) = await stage.say("yes", quoting=f"SM{uuid4().hex}")
    assert again.kind == MessageKind.FORGET_ASKED
    await stage.say("yes", quoting=again.sid)
    assert not await stage.rows("SELECT 1 FROM project")


@pytest.mark.parametrize(
    ("language", "said"),
    [("pt", "Monet"), ("fr", "suer"), ("pt", "cetro"), ("en", "ok no problem"), ("en", "prefect"),
     ("ar", "طيب مفيش مشكلة")],
)  # fmt: skip
async def test_what_is_a_yes_only_if_it_is_misspelled_forgets_nobody(
    stage: DialogueStage, language: str, said: str
) -> None:
    await stage.say(TODO)
    await stage.rows(
        "UPDATE contact SET language = %s, language_is_requested = true WHERE user_id <> ''",
        language,
    )
    await stage.say("forget me")
    await stage.say(said)
    assert await stage.rows("SELECT 1 FROM project")


async def test_who_asks_whether_to_unsubscribe_is_asked_first(stage: DialogueStage) -> None:
    await stage.say("hello")
    await stage.say("unsubscribe?")
    assert await stage.rows("SELECT suppressed_reason FROM contact") == [
        {"suppressed_reason": None}
    ]


@pytest.mark.parametrize(
    "said", ["Annual", "Anual", "Annuel", "Angular", "Suspense", "Kassel", "Rookie", "Abandoned"]
)
async def test_an_ordinary_word_is_an_answer_and_no_stop(stage: DialogueStage, said: str) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "Weekly", "Monthly", asked="How often?")
    await stage.say(said)
    assert await stage.rows("SELECT answer FROM question") == [{"answer": said}]


async def test_come_on_is_no_stop(stage: DialogueStage) -> None:
    await stage.say(TODO)
    await stage.say("¡Anda!")
    assert await stage.builds() == [(TODO, "queued")]


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("Ich bin Lehrer", "Vergiss nicht, dass ich Lehrer bin"),
        ("Allergisch gegen Nüsse", "Vergiss nicht: allergisch gegen Nüsse!"),
        ("Mon chien s'appelle Rex", "Oublie pas mon chien Rex"),
        ("Eu moro em Recife", "Esquece não que eu moro em Recife"),
        ("Hund heißt Rex", "Vergiss Rex nicht"),
    ],
)
async def test_who_says_not_to_forget_is_not_forgotten(
    stage: DialogueStage, fact: str, said: str
) -> None:
    await stage.say("hello")
    await stage.rows("INSERT INTO remembered (user_id, fact) SELECT user_id, %s FROM contact", fact)
    await stage.say(said)
    assert fact in [row["fact"] for row in await stage.rows("SELECT fact FROM remembered")]


@pytest.mark.parametrize("said", ["Spanish", "Spanish please", "German"])
async def test_a_language_no_option_names_is_the_answer(stage: DialogueStage, said: str) -> None:
    await stage.say("Build me a quiz")
    await stage.asks_for_the_crew(
        "Build me a quiz",
        "Italian",
        "Japanese",
        "Another one",
        asked="Which language shall the cards teach?",
    )
    await stage.say(said)
    assert await stage.rows("SELECT answer FROM question") == [{"answer": said}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [("In which country is the shop?", "Indonesia"), ("A quiz of what?", "French")],
)
async def test_a_mere_name_of_a_language_answers_what_the_crew_asks(
    stage: DialogueStage, asked: str, said: str
) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "One", "Other", asked=asked)
    await stage.say("Speak German please")
    assert await stage.rows("SELECT language FROM contact") == [{"language": "de"}]
    await stage.say(said)
    assert await stage.rows("SELECT answer FROM question") == [{"answer": said}]
    assert await stage.rows("SELECT language FROM contact") == [{"language": "de"}]


@pytest.mark.parametrize("said", ["{}", "open {}", "forget {}"])
async def test_a_number_of_thousands_of_digits_is_read_as_talk(
    stage: DialogueStage, said: str
) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "One", "Other", asked="Which?")
    await stage.rows("INSERT INTO remembered (user_id, fact) SELECT user_id, 'a' FROM contact")
    assert await stage.say(said.format("1" * 5_000))


@pytest.mark.parametrize("said", ["2", "٢", "२", "2\ufe0f\u20e3", "\u200f2\u200f", "2.", "②"])
async def test_an_option_is_chosen_in_any_digits(stage: DialogueStage, said: str) -> None:
    await stage.say("Build me a counter")
    await stage.asks_for_the_crew("Build me a counter", "One", "Other", asked="Which?")
    await stage.say(said)
    assert await stage.rows("SELECT answer FROM question") == [{"answer": "Other"}]


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "Matin"), ("fr", "Péché"), ("de", "Rad"), ("pt", "Alto"), ("pt", "Atrás"),
     ("en", "Band"), ("de", "Paare"), ("en", "Abandon")],
)  # fmt: skip
async def test_a_word_that_is_a_command_in_a_language_they_do_not_speak_is_an_answer(
    stage: DialogueStage, language: str, said: str
) -> None:
    await stage.say("Build me a counter")
    await stage.rows(
        "UPDATE contact SET language = %s, language_is_requested = true WHERE user_id <> ''",
        language,
    )
    await stage.asks_for_the_crew("Build me a counter", "One", "Other", asked="Which?")
    await stage.say(said)
    assert await stage.rows("SELECT answer FROM question") == [{"answer": said}]
    assert (await stage.builds())[0][1] != "stopped"


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Abbruch"), ("de", "stop"), ("en", "para ya")]
)
async def test_a_stop_in_their_language_is_one_whatever_the_crew_asks(
    stage: DialogueStage, language: str, said: str
) -> None:
    await stage.say("Build me a counter")
    await stage.rows(
        "UPDATE contact SET language = %s, language_is_requested = true WHERE user_id <> ''",
        language,
    )
    if language == "de":
        await stage.asks_for_the_crew("Build me a counter", "One", "Other", asked="Which?")
    await stage.say(said)
    assert (await stage.builds())[0][1] == "stopped"
