"""Papers: a PDF is seen by the agents, read for the others, and a file of the app."""

import re
from io import BytesIO
from urllib.request import urlopen

from pypdf import PdfReader

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced
from tests.papers import DISHES, PDF, menu

ASKED = "Build a page with what it says"


def link(message: PhoneMessage) -> str:
    found = re.search(r"http://\S+", message.body)
    assert found is not None
    return found[0]


def send_paper(phone: Phone, content: bytes, name: str = "menu.pdf", kind: str = PDF) -> int:
    """Send it as WhatsApp does, without a word; returns the position of the question about it."""
    after = max((message.position for message in phone.messages()), default=0)
    phone.send_file(content, kind, name)
    return phone.wait_for(lambda m: "What shall I do with it" in m.body, 60, after=after).position


def papers_shown(stack: Stack) -> dict[str, int]:
    shown: dict[str, int] = {}
    for call in stack.model_calls():
        shown[call["role"]] = max(call["papers"], shown.get(call["role"], 0))
    return shown


def test_the_dishes_of_a_menu_stand_on_the_page_which_leads_to_the_menu(stack: Stack) -> None:
    phone = stack.phone()
    asked = send_paper(phone, menu(), "Our menu (2026).pdf")
    phone.say("Build a landing page for my restaurant with this menu")
    ready = phone.wait_for(announced, 90, after=asked)

    page = urlopen(link(ready)).read().decode()
    assert [line for dish, price in DISHES.items() if (line := f"{dish} {price}") not in page] == []
    shown = papers_shown(stack)
    assert (shown["orchestrator"], shown["designer"], shown["frontend"]) == (1, 1, 1)
    assert shown["code_reviewer"] == 0
    assert "Lemon sorbet 4.80" in stack.brief_of("code_reviewer")
    assert '<a href="papers/Our-menu-2026.pdf">' in page
    with urlopen(f"{link(ready)}papers/Our-menu-2026.pdf") as answer:
        assert answer.headers["Content-Type"] == PDF
        published = PdfReader(BytesIO(answer.read()))
    assert len(published.pages) == 2
    assert "Lamb stew 17.30" in published.pages[0].extract_text()
    assert not published.metadata or "canary-author" not in str(published.metadata)
    assert [row["body"] for row in stack.rows("SELECT body FROM inbound_message ORDER BY 1")] == [
        "Build a landing page for my restaurant with this menu",
        "[paper: papers/Our-menu-2026.pdf]",
    ]
