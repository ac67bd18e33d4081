"""Users are answered in their own language, with the same words that they use."""

from collections.abc import Iterator
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from bot.languages.catalogues import translations
from bot.messages import budget_texts, failure_texts
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.lending import Lender
from tests.acceptance.stack import Stack, announced


def test_who_writes_spanish_is_served_in_spanish(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Hazme una app de tareas")
    understood = phone.wait_for(lambda m: "Te iré escribiendo" in m.body, 60)
    ready = phone.wait_for(lambda m: "está en línea" in m.body, 60)
    phone.say("estado")
    phone.wait_for(lambda m: "no estoy construyendo nada" in m.body, 30)

    assert understood.interaction is not None
    assert [option.title for option in understood.interaction.options] == ["Estado", "Parar"]
    assert ready.body.startswith("*Todo*")
    outgoing = [m.body for m in phone.messages() if m.direction == "outbound"]
    assert not [body for body in outgoing if "I'll text you" in body or "Now I" in body]
    assert stack.rows("SELECT language, language_is_requested FROM contact") == [
        {"language": "es", "language_is_requested": False}
    ]
    assert all("Spanish" in one for one in openings(stack)), "the crew knows whom it writes for"


def test_a_word_of_command_does_not_change_the_language(stack: Stack) -> None:
    phone, new = stack.phone(), stack.phone()
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 60)
    phone.say("Aufhören!")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30, after=ready.position)
    assert stack.rows("SELECT language FROM contact") == [{"language": "en"}]

    new.say("Aufhören!")
    new.wait_for(lambda m: "Gerade wird nichts gebaut" in m.body, 30)
    assert len(stack.rows("SELECT 1 FROM contact WHERE language = 'de'")) == 1


def test_one_message_in_another_language_is_no_switch_and_two_in_a_row_are(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 60)
    assert language_of(stack) == "en"
    phone.say("gracias")
    answer = phone.wait_for(lambda m: m.direction == "outbound", 30, after=ready.position)
    assert language_of(stack) == "en"
    phone.say("thanks")
    answer = phone.wait_for(lambda m: m.direction == "outbound", 30, after=answer.position + 1)
    assert language_of(stack) == "en"
    for words in ("gracias", "hola"):
        phone.say(words)
        answer = phone.wait_for(lambda m: m.direction == "outbound", 30, after=answer.position + 1)
    assert language_of(stack) == "es"


def test_a_guess_from_a_single_word_is_undone_by_the_next_plain_message(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("hola")
    phone.wait_for(lambda m: m.direction == "outbound", 30)
    assert language_of(stack) == "es"
    phone.say("Please build me a counter")
    phone.wait_for(announced, 60)
    assert language_of(stack) == "en"


def language_of(stack: Stack) -> str:
    (contact,) = stack.rows("SELECT language FROM contact")
    language: str = contact["language"]
    return language


def test_who_asks_for_a_language_keeps_it_whatever_they_write(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("speak Spanish please")
    phone.wait_for(lambda m: "te escribo en español" in m.body, 30)
    phone.say("status")
    phone.wait_for(lambda m: "no estoy construyendo nada" in m.body, 30)
    phone.say("Build me a counter")
    phone.wait_for(lambda m: "Te iré escribiendo" in m.body, 60)

    assert len(stack.rows("SELECT 1 FROM contact WHERE language_is_requested")) == 1


def test_who_asks_for_a_language_while_their_app_is_built_reads_the_rest_in_it(
    stack: Stack,
) -> None:
    phone = stack.phone()
    stack.hold_model("frontend")
    phone.say("Build me a counter")
    stack.await_call("frontend")
    phone.say("speak Spanish please")
    granted = phone.wait_for(lambda m: "te escribo en español" in m.body, 30)
    stack.let_go()
    built = phone.wait_for(lambda m: "La app ya está construida" in m.body, 60)
    phone.wait_for(lambda m: "*Counter* está en línea" in m.body, 60, after=built.position)

    assert built.position == granted.position + 1


def test_who_writes_arabic_or_hindi_is_understood_and_answered_in_it(stack: Stack) -> None:
    arabic, hindi = stack.phone(), stack.phone()
    arabic.say("اصنع لي تطبيق مهام")
    arabic.wait_for(lambda m: "ستصلك الأخبار" in m.body, 60)
    hindi.say("मुझे एक टूडू ऐप बनाओ")
    understood = hindi.wait_for(lambda m: "जैसे-जैसे" in m.body, 60)
    hindi.say("मदद")
    hindi.wait_for(lambda m: "*स्टेटस*" in m.body, 30, after=understood.position)
    ready = arabic.wait_for(lambda m: "على الإنترنت" in m.body, 60).body
    _, _, behind = ready.rpartition("\u2068http")
    link = f"http{behind.splitlines()[0]}"
    assert ready.startswith("\u200f*\u2068")
    assert link.endswith("\u2069")
    with urlopen(quote(link, safe=":/")) as answer:  # as a phone that takes the mark for the link's
        assert answer.status == 200

    assert {row["language"] for row in stack.rows("SELECT language FROM contact")} == {"ar", "hi"}


def changes_to_spanish(stack: Stack, phone: Phone, role: str, *, turn: int = 1) -> int:
    """Let them ask for Spanish while that agent is at work; returns when they read that."""
    stack.await_call(role, turn=turn)
    phone.say("speak Spanish please")
    return phone.wait_for(lambda m: "te escribo en español" in m.body, 30).position


def told_after(phone: Phone, position: int) -> list[str]:
    news = [m.body for m in phone.messages() if m.direction == "outbound" and m.position > position]
    assert not [body for body in news if "Now I'm" in body or " is online" in body]
    return news


def openings(stack: Stack) -> list[str]:
    return [agent["opening"] for agent in stack.rows("SELECT opening FROM agent")]


def test_a_build_tells_its_news_in_the_language_that_was_asked_for_meanwhile(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("designer")
    phone.say("Build me a counter")
    phone.wait_for(lambda m: "I'll text you as it takes shape" in m.body, 60)
    switched = changes_to_spanish(stack, phone, "designer")
    stack.let_go()
    phone.wait_for(lambda m: "está en línea" in m.body, 60)

    assert any("Ahora escribo el código" in body for body in told_after(phone, switched))
    assert not [one for one in openings(stack) if "Spanish" in one], "the app keeps its own"


def test_who_carries_a_plan_out_keeps_the_language_that_it_was_made_in(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("orchestrator")
    phone.say("Build me a counter")
    switched = changes_to_spanish(stack, phone, "orchestrator")
    stack.let_go()
    phone.wait_for(lambda m: "está en línea" in m.body, 60)

    told_after(phone, switched)
    assert not [opening for opening in openings(stack) if "Spanish" in opening]


def test_a_build_that_has_waited_for_its_user_keeps_the_language_that_it_began_in(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a counter, but ask me first")
    phone.wait_for(lambda m: m.body.startswith("1 of 2: Which colour"), 60)
    phone.say("speak Spanish please")
    switched = phone.wait_for(lambda m: "te escribo en español" in m.body, 30).position
    phone.say("Green")
    phone.wait_for(lambda m: "How large" in m.body, 30, after=switched)
    phone.say("Large")
    phone.wait_for(lambda m: "está en línea" in m.body, 60, after=switched)

    assert not [opening for opening in openings(stack) if "Spanish" in opening]


def test_a_build_that_is_tried_again_keeps_the_language_that_it_began_in(stack: Stack) -> None:
    phone = stack.phone()
    stack.fail_model("refusal", "frontend")
    phone.say("Build me a counter")
    phone.wait_for(lambda m: m.body == failure_texts.FAILED_REFUSED, 60)
    phone.say("speak Spanish please")
    switched = phone.wait_for(lambda m: "te escribo en español" in m.body, 30).position
    phone.say("try again")
    phone.wait_for(lambda m: "está en línea" in m.body, 60, after=switched)

    assert not [opening for opening in openings(stack) if "Spanish" in opening]


def test_the_question_of_the_budget_is_in_the_language_that_was_asked_for_meanwhile(
    stack: Stack,
) -> None:
    phone = stack.phone()
    stack.hold_model("designer")
    phone.say("Build me a counter")
    changes_to_spanish(stack, phone, "designer")
    stack.rows("UPDATE budget_account SET spent = 4.2 WHERE account LIKE 'request:%%' RETURNING 1")
    stack.let_go()
    asked = phone.wait_for(lambda m: "¿Sigo?" in m.body, 60)

    assert asked.interaction is not None
    assert next(option.title for option in asked.interaction.options) == "Seguir"


def test_what_a_budget_leaves_before_the_next_one_is_told_in_one_language(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("frontend", after_turns=2)
    phone.say("Build me a counter, step by step")
    changes_to_spanish(stack, phone, "frontend", turn=3)
    assert stack.rows("SELECT 1 FROM workspace_file WHERE path = 'index.html'")
    stack.rows("UPDATE build SET takes_changes = false RETURNING 1")
    phone.say("Make it green")
    phone.wait_for(lambda m: m.direction == "outbound" and "Lo hago después" in m.body, 30)
    stack.rows("UPDATE budget_account SET spent = 25 WHERE account LIKE 'user:%%' RETURNING 1")
    stack.let_go()
    told = translations("es").gettext(budget_texts.STOPPED_BEFORE_NEXT)
    ended = phone.wait_for(lambda m: m.body.startswith(told), 60)

    assert "http://" in ended.body


def test_a_failure_is_told_in_the_language_that_was_asked_for_meanwhile(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("designer")
    phone.say("Build me a counter")
    changes_to_spanish(stack, phone, "designer")
    stack.fail_model("refusal", "frontend", times=9)
    stack.let_go()
    told = translations("es").gettext(failure_texts.FAILED_REFUSED)

    assert phone.wait_for(lambda m: m.body == told, 60)


@pytest.fixture
def small(lender: Lender) -> Iterator[Stack]:
    """The whole system, with agents of little memory."""
    with lender.lend({"WORKING_BUDGET_TOKENS": "10000"}) as whole:
        yield whole


def test_who_hears_that_it_is_a_big_one_hears_it_in_the_language_that_they_asked_for(
    small: Stack,
) -> None:
    phone = small.phone()
    small.hold_model("frontend")
    phone.say("Build me a todo app with modern UI, step by step")
    switched = changes_to_spanish(small, phone, "frontend")
    small.let_go()
    phone.wait_for(lambda m: "está en línea" in m.body, 90)

    news = told_after(phone, switched)
    assert not [body for body in news if "big one" in body]
    assert [body for body in news if "grande" in body]
