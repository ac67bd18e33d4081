"""A voice note that nobody can hear now is heard later, and holds up nothing else."""

from functools import partial

import pytest
from flask import Response

from bot.messages import voice_texts
from bot.sandbox.speech import server as faults
from bot.sandbox.speech.server import FakeTranscriber
from bot.sandbox.twilio.faults import TwilioFault
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.voice_talk import WHATSAPP, heard_of, hurry, says, send
from tests.pictures import noise
from tests.voice_notes import ScriptedEars, settings_of


@pytest.fixture
def stack_settings(transcriber: FakeTranscriber) -> dict[str, str]:
    return settings_of(transcriber)


def test_a_server_in_trouble_is_asked_again_and_then_it_is_said(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    transcriber.failing(faults.status(429), faults.body(b'{"text": '))
    before = send(phone, ears.note("Status"))
    phone.wait_for(partial(says, "Nothing is being built"), 30, after=before)
    assert heard_of(phone) == ["I heard: “Status”"]

    transcriber.failing(faults.status(503), faults.status(503))
    before = send(phone, ears.note("Status"))
    phone.wait_for(partial(says, "Nothing is being built"), 30, after=before)
    transcriber.failing(faults.status(401))
    before = send(phone, ears.note("Build me a counter"))
    phone.wait_for(lambda m: m.body == voice_texts.NOT_HEARD_NOW, 30, after=before)
    assert stack.rows("SELECT FROM build") == []
    told = [m.body for m in phone.messages() if m.body == voice_texts.HEARD_LATER]
    assert len(told) == 1, "a short trouble is none of the user's business"
    costs = stack.rows(
        "SELECT outcome, bool_and(cost_usd IS NULL) AS is_unknown FROM model_call GROUP BY 1"
    )
    assert {row["outcome"] for row in costs if row["is_unknown"]} == {"TranscriptLost"}


def test_a_note_that_nobody_can_hear_is_heard_as_soon_as_somebody_can(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    transcriber.failing(*[faults.status(503)] * 9)
    phone.send_file(ears.note("Build me a counter"), WHATSAPP)
    told = phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 30)
    phone.say("What is the sea?")
    phone.wait_for(lambda m: True, 30, after=told.position)
    phone.wait_for(announced, 60)

    kinds = [row["kind"] for row in stack.rows("SELECT kind FROM outbox ORDER BY id")]
    assert kinds.count("unread") == 1
    assert heard_of(phone) == ["I heard: “Build me a counter”"]
    assert stack.rows("SELECT DISTINCT status FROM request") == [{"status": "completed"}]
    assert stack.rows("SELECT FROM procrastinate_jobs WHERE status = 'failed'") == []


def test_what_is_written_is_read_while_twilio_does_not_hand_a_note_over(
    stack: Stack, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    stack.twilio.broker.faults.add([TwilioFault(operation="media", status=503, times=1000)])
    phone.send_file(ears.note("Build me a counter"), WHATSAPP)
    told = phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 30)
    phone.say("undo")
    phone.wait_for(partial(says, "You don't have an app yet"), 30, after=told.position)
    stack.twilio.broker.faults.clear()
    eventually(lambda: (hurry(stack), heard_of(phone))[1], "it is heard")


def test_a_photo_waits_for_no_words_that_nobody_can_hear(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    transcriber.failing(*[faults.status(503)] * 12)
    phone.send_file(noise(60), "image/jpeg")
    phone.send_file(ears.note("Build a landing page with it"), WHATSAPP)
    phone.wait_for(lambda m: "What shall I do with it" in m.body, 30)
    phone.wait_for(announced, 60)

    assert stack.rows("SELECT FROM version_file WHERE path LIKE 'pictures/%'")


def test_a_note_that_has_waited_long_is_heard_though_one_answer_is_lost(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    transcriber.failing(*[faults.status(503)] * 6, faults.body(b'{"text": '))
    phone.send_file(ears.note("Build me a counter"), WHATSAPP)
    phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 30)
    eventually(lambda: hurry(stack, ", attempts = 20"), "it has waited for ten minutes")
    eventually(lambda: hurry(stack) or stack.rows("SELECT FROM build"), "it is tried again")
    eventually(
        lambda: (hurry(stack), stack.rows("SELECT FROM build"))[1], "it is heard, and acted upon"
    )

    assert [m.body for m in phone.messages() if m.body == voice_texts.NOT_HEARD_NOW] == []


def test_a_note_is_given_up_once_ten_answers_to_it_were_lost(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    transcriber.failing(*[faults.body(b'{"text": ')] * 6)
    phone.send_file(ears.note("Build me a counter"), WHATSAPP)
    phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 30)
    columns = (
        "request_id, user_id, operation, model, outcome, input_tokens, output_tokens,"
        " cache_creation_tokens, cache_read_tokens, cost_usd"
    )
    stack.rows(
        f"INSERT INTO model_call ({columns})"
        f" SELECT {columns} FROM (SELECT * FROM model_call LIMIT 1) AS lost, generate_series(1, 9)"
        " RETURNING 1"
    )
    phone.wait_for(lambda m: m.body == voice_texts.NOT_HEARD_NOW, 30)

    assert stack.rows("SELECT DISTINCT status FROM request") == [{"status": "failed"}]
    assert len(transcriber.calls) <= 6, "each may have cost"


def test_a_note_that_is_set_aside_stays_with_its_user_who_was_joined_meanwhile(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    joined, user_id = {"to": "a" * 32}, ""

    def join() -> Response:
        nonlocal user_id
        user_id = stack.rows("SELECT user_id FROM contact")[0]["user_id"]
        stack.rows("SELECT move_jobs(user_id, %(to)s, true) FROM contact", joined)
        return faults.status(503)()

    phone = stack.phone()
    transcriber.failing(join, *[faults.status(503)] * 2)
    phone.send_file(ears.note("Status?"), WHATSAPP)
    (aside,) = eventually(
        lambda: stack.rows("SELECT lock FROM procrastinate_jobs WHERE lock LIKE 'voice:%'"),
        "it is set aside",
    )
    stack.rows("SELECT move_jobs(%(to)s, %(from)s, false)", {**joined, "from": user_id})
    phone.wait_for(partial(says, "Nothing is being built"), 30)

    assert aside == {"lock": f"voice:{joined['to']}"}


def test_what_is_heard_only_after_its_user_went_on_is_asked_about(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 90)
    phone.say("Change the title to Sheep")
    phone.wait_for(announced, 90, after=ready.position)
    transcriber.failing(*[faults.status(503)] * 1000)
    phone.send_file(ears.note("undo"), WHATSAPP)
    phone.send_file(ears.note("Make it red"), WHATSAPP)
    told = phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 30)
    phone.say("undo")
    phone.wait_for(lambda m: "is at version 1 now" in m.body, 30, after=told.position)
    transcriber.reset()
    eventually(lambda: (hurry(stack), len(heard_of(phone)) == 2)[1], "both are heard")
    left = phone.wait_for(lambda m: m.body == voice_texts.NOT_DONE_LATE, 30)
    asked = phone.wait_for(lambda m: m.body == voice_texts.STILL_TO_BE_DONE, 30)
    assert left.position < asked.position
    assert stack.rows("SELECT FROM build WHERE request_text = 'Make it red'") == []
    phone.say("yes")
    phone.wait_for(announced, 90, after=asked.position)

    assert stack.rows("SELECT FROM build WHERE request_text = 'Make it red'")
    assert not any("no earlier version" in m.body for m in phone.messages())


def test_a_spoken_request_is_done_late_where_its_user_only_asked_how_things_stand(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    transcriber.failing(*[faults.status(503)] * 1000)
    phone.send_file(ears.note("Build me a counter"), WHATSAPP)
    told = phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 30)
    phone.say("status")
    phone.wait_for(partial(says, "I'm still reading"), 30, after=told.position)
    transcriber.reset()
    eventually(lambda: (hurry(stack), stack.rows("SELECT FROM build"))[1], "it is built")


def test_what_a_hostile_server_answers_stays_words(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    transcriber.failing(
        faults.body(b'{"text": "sta\\u0000tus \\ud83d", "duration": 1e999}'),
        faults.body(b'{"text": "' + b"x" * 3_000_000 + b'"}'),
        faults.body(b'{"text": "status\\u0000\\u0007"}'),
    )
    before = send(phone, ears.note(""))
    phone.wait_for(partial(says, "Nothing is being built"), 30, after=before)

    assert heard_of(phone) == ["I heard: “status”"]
