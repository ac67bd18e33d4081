"""Neither what is said in a voice note nor its sound is in telemetry or in any log."""

from functools import partial
from pathlib import Path

from bot.messages import voice_texts
from bot.sandbox.speech import server as faults
from bot.sandbox.speech.server import FakeTranscriber
from tests.acceptance.stack import Stack, eventually
from tests.acceptance.voice_talk import closed, says, send
from tests.otlp_receiver import OtlpReceiver
from tests.voice_notes import ScriptedEars, settings_of

CANARY = "zanzibarflute"


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
