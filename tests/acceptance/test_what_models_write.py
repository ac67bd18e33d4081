"""What models write reaches users in WhatsApp's marks, whoever of the crew wrote it."""

import json
import re

import pytest

from bot.sandbox.claude.faults import ClaudeFault
from tests.acceptance.stack import Stack, announced

MARKDOWN = re.compile(r"\*\*|^#+ |\]\(|\x00|\ufffd|^```\w", re.M)


def test_a_crew_that_writes_markdown_is_read_in_whatsapps_marks(stack: Stack) -> None:
    stack.claude.faults.add([ClaudeFault(fault="markdown", times=500)])
    phone = stack.phone()
    phone.say("Hello there!")
    greeted = phone.wait_for(lambda m: "offline stand-in" in m.body, 30)
    phone.say("Build me a poll called Lunch, but ask me first")
    understood = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    colour = phone.wait_for(lambda m: "Which colour shall it have?" in m.body, 60)
    phone.tap(colour, "Green")
    size = phone.wait_for(lambda m: "How large" in m.body, 30, after=colour.position)
    phone.tap(size, "Large")
    ready = phone.wait_for(announced, 90)

    assert greeted.body.startswith("*In short*\n*Note*: Hi!")
    assert "the guide (https://example.com/a_b_c)" in greeted.body
    assert understood.body.startswith("*In short*\n")
    assert "I'll go with *Blue*." in colour.body
    assert "*Lunch*" in ready.body
    told = [message.body for message in phone.messages()]
    assert [body for body in told if body.startswith("The design is done: *In short*")]
    assert [body for body in told if body.startswith("Kept for all visitors: *In")]
    assert [body for body in told if body.startswith("It's built: *In short*")]
    assert not [body for body in told if MARKDOWN.search(body)]


@pytest.mark.parametrize(
    ("greeting", "asked"),
    [
        (
            "Hello there!",
            {
                "And what can you build, by the way?": "small web apps",
                "Is it expensive to work with you?": "$5.00 a request, $20.00 a user",
                "Is my app private?": "whoever has the link",
                "Can it take payments?": "Cannot build: accounts or logins, payments",
                "Thanks!": "You're welcome",
            },
        ),
        (
            "Hola, ¿cómo estás?",
            {
                "hola, ¿qué puedes hacer con una app?": "pequeñas aplicaciones web",
                "¿Es gratis para mí?": "$5.00, y un usuario $20.00 al día",
                "¿Es privado con el enlace?": "quien tenga el enlace",
                "¿Puede cobrar pagos?": "ni pagos ni cuentas",
            },
        ),
    ],
    ids=["English", "Spanish"],
)
def test_questions_about_the_product_are_answered_from_its_sheet(
    stack: Stack, greeting: str, asked: dict[str, str]
) -> None:
    phone = stack.phone()
    phone.say(greeting)
    last = phone.wait_for(lambda m: bool(m.body), 30)
    for question, known in asked.items():
        phone.say(question)
        last = phone.wait_for(lambda m: bool(m.body), 30, after=last.position)
        assert known in last.body

    assert stack.rows("SELECT 1 FROM build") == []
    prompts = {
        json.loads(call.body)["system"][0]["text"]
        for call in stack.claude.journal.answered()
        if call.role == "companion" and call.body
    }
    assert len(prompts) == 1, "the sheet stands where it is cached"
