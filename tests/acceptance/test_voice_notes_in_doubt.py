"""What was not heard for certain is asked back, and nothing older is answered by that."""

from functools import partial

import pytest

from bot.sandbox.speech.server import FakeTranscriber
from tests.acceptance.stack import Stack
from tests.acceptance.voice_talk import WHATSAPP, heard_of, says, send
from tests.voice_notes import ScriptedEars, ogg_opus, settings_of


@pytest.fixture
def stack_settings(transcriber: FakeTranscriber) -> dict[str, str]:
    return settings_of(transcriber)


def test_what_is_not_heard_for_certain_is_asked_back(stack: Stack, ears: ScriptedEars) -> None:
    phone = stack.phone()
    for note, answer in (
        (ears.note("Bill me a cow enter", sure=-1.6), "I'm not sure what you said. I heard: “Bill"),
        (ears.note(""), "I couldn't hear any words"),
        (ears.note("[Music] ♪ la la ♪"), "I couldn't hear any words"),
        (ears.note("Uhm…"), "I couldn't hear any words"),
        (ogg_opus(301.0, b"a speech"), "Your voice note is too long for me (limit: 5 minutes)"),
        (ogg_opus(2.0, b"nobody decodes it"), "I couldn't open that recording"),
        (b"no sound at all", "I couldn't open that recording"),
    ):
        before = send(phone, note)
        phone.wait_for(partial(says, answer), 30, after=before)

    assert stack.model_calls() == []
    assert heard_of(phone) == []
    outcomes = stack.rows("SELECT outcome, count(*) AS n FROM model_call GROUP BY 1 ORDER BY 1")
    assert {row["outcome"]: row["n"] for row in outcomes} == {
        "VoiceRefused": 2,
        "doubtful": 1,
        "empty": 3,
    }


def test_a_yes_to_what_was_not_heard_for_certain_answers_nothing_older(
    stack: Stack, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    phone.say("A counter would be nice")
    phone.wait_for(lambda m: "just talking" in m.body, 30)
    send(phone, ears.note("No, we're just talking", sure=-1.6))
    unsure = phone.wait_for(partial(says, "I'm not sure what you said"), 30)
    phone.say("yes, that's right")
    phone.wait_for(lambda m: True, 30, after=unsure.position)
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "It cannot be undone" in m.body, 30)
    send(phone, ears.note("No, keep it", sure=-1.6))
    unsure = phone.wait_for(partial(says, "I'm not sure what you said"), 30, after=asked.position)
    phone.say("yes, that's right")
    answer = phone.wait_for(lambda m: True, 30, after=unsure.position)

    assert "Goodbye!" not in answer.body
    assert stack.rows("SELECT FROM build") == []
    assert len(stack.rows("SELECT FROM inbound_message")) == 6


def test_a_yes_after_a_note_of_which_no_words_are_told_answers_what_is_open(
    stack: Stack, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    phone.say("A counter would be nice")
    phone.wait_for(lambda m: "just talking" in m.body, 30)
    send(phone, ears.note(""))
    excuse = phone.wait_for(partial(says, "I couldn't hear any words"), 30)
    phone.say("Yes")
    phone.wait_for(lambda m: "I'll build" in m.body, 60, after=excuse.position)


def test_what_was_heard_once_is_asked_back_where_no_budget_is_left_to_hear_it_again(
    stack: Stack, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    before = send(phone, ears.note("Status?"))
    phone.wait_for(partial(says, "Nothing is being built"), 30, after=before)
    with ears.held():
        phone.send_file(ears.note("Bill me a cow enter", sure=-1.6), WHATSAPP)
        assert ears.listening.wait(30)
        stack.rows("UPDATE budget_account SET spent = 1000000 RETURNING 1")
    asked = phone.wait_for(partial(says, "I'm not sure what you said. I heard: “Bill me"), 30)
    phone.send_file(ears.note("stop"), WHATSAPP)
    told = phone.wait_for(partial(says, "I can't spend any more today, so I can't listen"), 30)
    assert told.position > asked.position
    phone.say("stop")
    phone.wait_for(partial(says, "Nothing is being built"), 30, after=told.position)

    outcomes = stack.rows(
        "SELECT outcome FROM model_call WHERE operation = 'transcribe' ORDER BY called_at"
    )
    assert [row["outcome"] for row in outcomes] == ["clear", "doubtful"]
