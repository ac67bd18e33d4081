"""Voice notes: heard, told what was heard, and then messages like any other."""

from decimal import Decimal
from functools import partial

import pytest

from bot.sandbox.speech.recognizer import make_recognizer
from bot.sandbox.speech.server import FakeTranscriber
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.voice_talk import WHATSAPP, closed, heard_of, says, send
from tests.memory_growth import growth_of
from tests.voice_notes import RECORDED, ScriptedEars, ogg_opus, settings_of

LARGE = 4_000_000  # bytes
GROWTH_LIMIT = 100 * 2**20  # bytes


@pytest.fixture
def stack_settings(transcriber: FakeTranscriber) -> dict[str, str]:
    return settings_of(transcriber)


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
