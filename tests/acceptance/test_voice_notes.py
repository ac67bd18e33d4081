"""Voice notes: heard, told what was heard, and then messages like any other."""

from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from flask import Response

from bot.messages import voice_texts
from bot.sandbox.speech import server as faults
from bot.sandbox.speech.recognizer import make_recognizer
from bot.sandbox.speech.server import FakeTranscriber
from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced, eventually
from tests.memory_growth import growth_of
from tests.otlp_receiver import OtlpReceiver
from tests.pictures import noise
from tests.voice_notes import RECORDED, ScriptedEars, ogg_opus, settings_of

WHATSAPP = "audio/ogg; codecs=opus"
CANARY = "zanzibarflute"
LARGE = 4_000_000  # bytes
GROWTH_LIMIT = 100 * 2**20  # bytes


@pytest.fixture
def stack_settings(transcriber: FakeTranscriber) -> dict[str, str]:
    return settings_of(transcriber)


def heard_of(phone: Phone) -> list[str]:
    """What the user was told that was heard."""
    return [m.body for m in phone.messages() if m.body.startswith("I heard: ")]


def send(phone: Phone, recording: bytes, content_type: str = WHATSAPP) -> int:
    """Send a voice note; returns after which message the answer comes."""
    before = max((m.position for m in phone.messages()), default=0)
    phone.send_file(recording, content_type)
    return before


def says(beginning: str, message: PhoneMessage) -> bool:
    return message.body.startswith(beginning)


def test_an_app_is_asked_for_and_changed_by_voice(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    stack.hold_model("frontend")
    phone.send_file(ears.note("Build me a counter.", seconds=6.0), WHATSAPP)
    stack.await_call("frontend")
    phone.send_file(ears.note("Make it blue.", seconds=3.0), "audio/webm")
    phone.wait_for(partial(says, "Got it, adding that"), 30)
    stack.let_go()
    phone.wait_for(announced, 90)

    assert heard_of(phone) == ["I heard: “Build me a counter.”", "I heard: “Make it blue.”"]
    assert [call.file_name for call in transcriber.calls] == ["voice.ogg", "voice.webm"]
    assert [call.language for call in transcriber.calls] == [None, "en"]
    assert stack.rows("SELECT body FROM inbound_message ORDER BY received_at") == [
        {"body": "Build me a counter."},
        {"body": "Make it blue."},
    ]
    said = {row["words"] for row in stack.rows("SELECT words FROM requirement")}
    assert {"Build me a counter.", "Make it blue."} <= said
    calls = stack.rows(
        "SELECT operation, outcome, cost_usd, model FROM model_call WHERE operation = 'transcribe'"
        " ORDER BY called_at"
    )
    assert [call["cost_usd"] for call in calls] == [Decimal("0.0006"), Decimal("0.0003")]
    assert {call["outcome"] for call in calls} == {"clear"}
    assert stack.rows("SELECT FROM attachment") == [], "the sound is kept nowhere"


def test_a_real_recording_is_heard_by_the_demos_own_ears(stack: Stack, ears: ScriptedEars) -> None:
    ears.others = make_recognizer()
    phone = stack.phone()
    phone.send_file(RECORDED.read_bytes(), WHATSAPP)
    phone.wait_for(lambda m: m.body == "I heard: “build me a counter”", 30)
    eventually(
        lambda: stack.rows("SELECT FROM build WHERE request_text = 'build me a counter'"),
        "it is built",
    )


def test_commands_and_answers_are_spoken(stack: Stack, ears: ScriptedEars) -> None:
    phone = stack.phone()
    before = send(phone, ears.note("Status?"))
    phone.wait_for(partial(says, "Nothing is being built"), 30, after=before)
    phone.say("A counter would be nice")
    asked = phone.wait_for(lambda m: "just talking" in m.body, 30)
    send(phone, ears.note("No, we're just talking."))
    phone.wait_for(lambda m: "won't build that" in m.body, 30, after=asked.position)
    before = send(phone, ears.note("Stop!"))
    phone.wait_for(lambda m: "Write *stop* once more" in m.body, 30, after=before)
    before = send(phone, ears.note("Stop."))
    phone.wait_for(partial(says, "You get no more messages"), 30, after=before)
    calls = len(stack.rows("SELECT FROM model_call WHERE operation = 'transcribe'"))
    send(phone, ears.note("Build me a quiz."))
    eventually(
        lambda: stack.rows("SELECT FROM request WHERE request_type = 'opted_out'"),
        "who wants no messages gets none",
    )

    assert len(stack.rows("SELECT FROM model_call WHERE operation = 'transcribe'")) == calls
    assert stack.rows("SELECT FROM build") == []


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


def hurry(stack: Stack, sets: str = "") -> bool:
    """Let a note that waits be heard now; whether one waits."""
    return bool(
        stack.rows(
            f"UPDATE procrastinate_jobs SET scheduled_at = now(){sets}"
            " WHERE status = 'todo' AND lock LIKE 'voice:%' RETURNING 1"
        )
    )


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


def test_who_speaks_german_reads_german(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    send(phone, ears.note("Ich hätte gerne Hilfe von dir", language="german"))
    phone.wait_for(partial(says, "Ich habe gehört: „Ich hätte gerne Hilfe von dir“"), 30)
    eventually(lambda: closed(stack), "it is answered")
    before = send(phone, ogg_opus(400.0, b"a speech"))
    phone.wait_for(partial(says, "Deine Sprachnachricht ist mir zu lang"), 30, after=before)
    before = send(phone, ears.note("Hilfe", language="german"))
    phone.wait_for(partial(says, "Ich habe gehört: „Hilfe“"), 30, after=before)

    assert [call.language for call in transcriber.calls] == [None, "de"]


def test_a_language_that_is_only_guessed_is_no_hint(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    before = send(phone, ears.note("Status", language="english"))
    phone.wait_for(partial(says, "Nothing is being built"), 30, after=before)
    stack.rows(
        "UPDATE contact SET language = 'en', language_is_sure = false,"
        " language_is_requested = false RETURNING 1"
    )
    before = send(phone, ears.note("Estado", language="spanish"))
    phone.wait_for(partial(says, "I heard: “Estado”"), 30, after=before)

    assert [call.language for call in transcriber.calls] == [None, None]


def closed(stack: Stack) -> bool:
    return not stack.rows("SELECT FROM request WHERE closed_at IS NULL")


def test_a_stop_that_comes_while_a_note_is_heard_comes_first(
    stack: Stack, ears: ScriptedEars
) -> None:
    phone = stack.phone()
    with ears.held():
        phone.send_file(ears.note("Build me a counter"), WHATSAPP)
        assert ears.listening.wait(30)
        phone.say("stop")
        phone.wait_for(lambda m: "Nothing is being built" in m.body, 30)
    eventually(lambda: closed(stack), "the note is over")

    assert heard_of(phone) == []
    assert stack.rows("SELECT FROM build") == []


@pytest.mark.slow
def test_twenty_large_notes_at_once_cost_the_worker_little(
    stack: Stack, ears: ScriptedEars
) -> None:
    stack.await_worker()
    note = ears.note("Status?", size=LARGE)
    phones = [stack.phone() for _ in range(20)]
    with growth_of(stack.program("worker").process.pid) as growth:
        with ears.held():
            for phone in phones:
                phone.send_file(note, WHATSAPP)
        for phone in phones:
            phone.wait_for(partial(says, "Nothing is being built"), 120)

    assert max(growth) < GROWTH_LIMIT
    assert stack.rows("SELECT FROM procrastinate_jobs WHERE attempts > 1") == []


@pytest.mark.slow
def test_a_note_whose_worker_dies_is_told_once(
    stack: Stack, transcriber: FakeTranscriber, ears: ScriptedEars
) -> None:
    stack.hold_model("router")
    phone = stack.phone()
    with ears.held():
        phone.send_file(ears.note("A counter would be nice"), WHATSAPP)
        assert ears.listening.wait(30)
        stack.disturb().kill("worker")
        stack.start_worker()
    stack.await_call("router")
    stack.disturb().kill("worker")
    stack.let_go()
    stack.start_worker()
    phone.wait_for(lambda m: "just talking" in m.body, 90)

    assert heard_of(phone) == ["I heard: “A counter would be nice”"]
    assert len(transcriber.calls) == 2, "what was heard is not heard again"


def test_neither_sound_nor_words_are_in_telemetry(
    database_url: str,
    tmp_path: Path,
    receiver: OtlpReceiver,
    transcriber: FakeTranscriber,
    ears: ScriptedEars,
) -> None:
    told = {**receiver.environment(), **settings_of(transcriber)}
    stack = Stack(database_url, tmp_path / "logs", **told)
    try:
        phone = stack.start().phone()
        transcriber.failing(
            faults.body(f'{{"text": 7, "words": "{CANARY}"}}'.encode()),
            faults.body(f'{{"text": "{CANARY}"'.encode()),
            faults.body(CANARY.encode()),
        )
        send(phone, ears.note(CANARY))
        phone.wait_for(lambda m: m.body == voice_texts.HEARD_LATER, 60)
        phone.wait_for(partial(says, f"I heard: “{CANARY}”"), 60)
        before = send(phone, ears.note(f"What is a {CANARY}?", seconds=4.0))
        phone.wait_for(partial(says, f"I heard: “What is a {CANARY}?”"), 60, after=before)
        send(phone, ears.note(f"{CANARY}?", sure=-3.0))
        phone.wait_for(partial(says, "I'm not sure what you said"), 60)
        eventually(lambda: closed(stack), "all is answered")
    finally:
        stack.stop()

    spans = [span for span in receiver.spans if span.name == "transcribe"]
    assert [span.attributes["transcription_status"] for span in spans] == [
        "lost",
        "lost",
        "lost",
        "clear",
        "clear",
        "doubtful",
        "doubtful",
    ], "what is doubtful is heard again without the hint of a language"
    clear = spans[4].attributes
    assert (clear["audio_seconds"], clear["operation.cost"]) == (4.0, 0.0004)
    assert clear["model"] == "whisper-1"
    assert int(str(clear["audio_bytes"])) > 0
    logs = "".join(log.read_text("utf-8") for log in (tmp_path / "logs").glob("*.log"))
    assert "TranscriptLost: not a transcription" in logs
    assert CANARY not in logs
    assert CANARY.encode() not in b"\n".join(receiver.bodies)
    stored = "SELECT FROM records_all WHERE records_all::text LIKE %(canary)s"
    assert stack.rows(stored, {"canary": f"%{CANARY}%"}) == []
