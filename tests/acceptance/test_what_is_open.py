"""The conversation knows what is open: yes, no and stop mean what they answer, in every language.

Each conversation is printed as it reads (`pytest -rP`) and kept in a file of the test's own.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced, eventually

# An idea, yes, stop, forget me; the words in which a user of that language may say them.
SAID = {
    "en": ("An app for plants would be cool some day", "yes", "cancel", "forget me"),
    "es": ("Una app para plantas estaría genial algún día", "sí", "cancela", "olvídame"),
    "pt": ("Olá! Um app para plantas seria legal algum dia", "sim", "cancela", "me esqueça"),
    "de": ("Hallo! Eine App für Pflanzen wäre irgendwann toll", "ja", "abbrechen", "vergiss mich"),
    "fr": ("Une appli pour les plantes serait bien un jour", "oui", "annule", "oublie-moi"),
    "hi": ("किसी दिन पौधों के लिए एक ऐप अच्छा होगा", "हाँ", "रद्द करो", "मुझे भूल जाओ"),
    "ar": ("سيكون تطبيق للنباتات رائعا يومًا ما", "نعم", "إلغاء", "انسني"),
    "id": ("Aplikasi untuk tanaman pasti keren suatu hari", "ya", "batalkan", "lupakan saya"),
}


class Talk:
    """A user of a language that is known, and what was last said to them, by its kind."""

    def __init__(self, stack: Stack, language: str) -> None:
        self._stack, self.phone = stack, stack.phone()
        self._language, self._heard = language, 0

    def say(self, words: str, kind: str) -> PhoneMessage:
        """Say it, and return the message of that kind that comes next."""
        self.phone.say(words)
        told: list[dict[str, Any]] = eventually(
            lambda: self._stack.rows(
                "SELECT id, provider_sid FROM outbox WHERE id > %(heard)s AND kind = %(kind)s"
                " AND provider_sid IS NOT NULL ORDER BY id LIMIT 1",
                {"heard": self._heard, "kind": kind},
            ),
            f"{words!r} is followed by {kind}",
        )
        self._heard = told[0]["id"]
        return next(m for m in self.phone.messages() if m.sid == told[0]["provider_sid"])

    def as_it_reads(self) -> str:
        """The conversation, a paragraph a message."""
        who = {"inbound": "User", "outbound": "Bot"}
        lines = [f"{who[m.direction]}: {_shown(m)}" for m in self.phone.messages()]
        return "\n\n".join([f"[{self._language}]", *lines])


def _shown(message: PhoneMessage) -> str:
    offered = message.interaction.options if message.interaction else ()
    return "\n".join([message.body, *(f"  [{option.title}]" for option in offered)])


def count(stack: Stack, table: str) -> Callable[[], int]:
    return lambda: int(stack.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])


@pytest.mark.parametrize("language", SAID)
def test_an_idea_is_built_stopped_and_forgotten(
    stack: Stack, tmp_path: Path, language: str
) -> None:
    idea, yes, cancel, forget_me = SAID[language]
    stack.hold_model("orchestrator")
    talk = Talk(stack, language)
    talk.say(idea, "doubt")
    talk.phone.say(yes)
    eventually(count(stack, "build"), "it is built")
    assert stack.rows("SELECT request_text FROM build") == [{"request_text": idea}]
    talk.say(cancel, "stopped")
    talk.say(cancel, "nothing_runs")
    assert stack.rows("SELECT status FROM build") == [{"status": "stopped"}]
    assert stack.rows("SELECT suppressed_reason FROM contact") == [{"suppressed_reason": None}]
    talk.say(forget_me, "forget_asked")
    assert stack.rows("SELECT language FROM contact") == [{"language": language}]
    talk.say(yes, "forgotten")
    eventually(lambda: count(stack, "project")() == 0, "nothing is left")

    conversation = talk.as_it_reads()
    (tmp_path / f"{language}.txt").write_text(conversation)
    print(conversation)
    assert "companion" not in {call["role"] for call in stack.model_calls()}


def test_a_reply_to_a_message_about_an_app_changes_that_app(stack: Stack) -> None:
    phone: Phone = stack.phone()
    phone.say("Build me a todo app")
    todo = phone.wait_for(announced, 60)
    phone.say("Build me a quiz")
    quiz = phone.wait_for(announced, 60, after=todo.position)
    phone.say("make it blue", quoting=todo)
    phone.wait_for(announced, 60, after=quiz.position)

    assert stack.rows(
        "SELECT DISTINCT first.project_id = changed.project_id AS is_same"
        " FROM build AS first, build AS changed"
        " WHERE first.request_text = 'Build me a todo app'"
        " AND changed.request_text = 'make it blue'"
    ) == [{"is_same": True}]


def test_a_stop_that_quotes_a_message_about_an_app_stops_that_app(stack: Stack) -> None:
    stack.slow_model(2.0, "designer")
    phone: Phone = stack.phone()
    phone.say("Build me a todo app")
    todo = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    phone.say("Build me a quiz")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60, after=todo.position)
    phone.say("stop", quoting=todo)
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped building *"), 30)
    phone.wait_for(announced, 60, after=stopped.position)

    assert stack.rows("SELECT request_text, status FROM build ORDER BY created_at") == [
        {"request_text": "Build me a todo app", "status": "stopped"},
        {"request_text": "Build me a quiz", "status": "completed"},
    ]
