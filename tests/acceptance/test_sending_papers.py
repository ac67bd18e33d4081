"""Papers: a PDF is seen by the agents, read for the others, and a file of the app."""

import re
from io import BytesIO
from urllib.request import urlopen
from zipfile import ZipFile

from pypdf import PdfReader

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.lending import Lender
from tests.acceptance.messages import link_in, saying
from tests.acceptance.stack import Stack, announced, eventually
from tests.found import found
from tests.papers import (
    DISHES,
    EXCEL,
    PDF,
    POWERPOINT,
    WORD,
    bomb_of_office,
    collage,
    excel,
    locked,
    long_paper,
    menu,
    pdf,
    powerpoint,
    scan,
    word,
)
from tests.pictures import noise

ASKED = "Build a page with what it says"


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

    page = urlopen(link_in(ready)).read().decode()
    assert [line for dish, price in DISHES.items() if (line := f"{dish} {price}") not in page] == []
    shown = papers_shown(stack)
    assert (shown["orchestrator"], shown["designer"], shown["frontend"]) == (1, 1, 1)
    assert shown["code_reviewer"] == 0
    assert "Lemon sorbet 4.80" in stack.brief_of("code_reviewer")
    assert '<a href="papers/Our-menu-2026.pdf">' in page
    with urlopen(f"{link_in(ready)}papers/Our-menu-2026.pdf") as answer:
        assert answer.headers["Content-Type"] == PDF
        assert answer.headers["Content-Disposition"] == 'inline; filename="Our-menu-2026.pdf"'
        assert "object-src 'none'" in answer.headers["Content-Security-Policy"]
        published = PdfReader(BytesIO(answer.read()))
    assert len(published.pages) == 2
    assert "Lamb stew 17.30" in published.pages[0].extract_text()
    assert not published.metadata or "canary-author" not in str(published.metadata)
    assert [row["body"] for row in stack.rows("SELECT body FROM inbound_message ORDER BY 1")] == [
        "Build a landing page for my restaurant with this menu",
        "[paper: papers/Our-menu-2026.pdf]",
    ]


def test_of_a_long_paper_the_first_pages_are_taken_and_the_user_is_told(stack: Stack) -> None:
    phone = stack.phone()
    asked = send_paper(phone, long_paper(300), "handbook.pdf")
    phone.say(ASKED)
    ready = phone.wait_for(announced, 90, after=asked)

    told = [m.body for m in phone.messages() if "too long for me" in m.body]
    assert told == ["Your PDF is too long for me as a whole: I took pages 1 to 100 of 300."]
    assert stack.rows("SELECT pages FROM attachment") == [{"pages": 100}]
    assert set(papers_shown(stack).values()) == {0}, "it would fill more than half of a context"
    page = urlopen(link_in(ready)).read().decode()
    assert "This is sheet 1<" in page
    assert "This is sheet 50<" in page


def test_a_scan_is_seen_as_far_as_it_can_be_and_beside_an_album(stack: Stack) -> None:
    phone = stack.phone()
    asked = send_paper(phone, scan(pages=4, side=900), "scan.pdf")
    for _ in range(4):
        phone.send_file(noise(900), "image/jpeg")
    eventually(lambda: len(stack.rows("SELECT FROM attachment")) == 5, "all are taken in")
    phone.say("Build a landing page for my restaurant with these")
    phone.wait_for(announced, 90, after=asked)

    told = [m.body for m in phone.messages() if "too long for me" in m.body]
    assert told == ["Your PDF is too long for me as a whole: I took pages 1 to 2 of 4."]
    shown = papers_shown(stack)
    assert (shown["orchestrator"], shown["designer"], shown["frontend"]) == (1, 1, 1)


def test_what_is_too_long_or_too_large_is_said_and_the_rest_of_it_is_a_file(stack: Stack) -> None:
    phone = stack.phone()
    asked = send_paper(phone, collage(), "collage.pdf")
    hindi = [f"{number} {'नमस्ते दुनिया ' * 20}" for number in range(300)]
    phone.send_file(word(*hindi), WORD, "hindi.docx")
    phone.send_file("\n".join(hindi).encode("utf-16"), "text/plain", "hindi.txt")
    eventually(lambda: len(stack.rows("SELECT FROM attachment")) == 3, "all are taken in")
    phone.say("Build a landing page for my restaurant with these")
    phone.wait_for(lambda m: "http://" in m.body, 90, after=asked)

    told = [m.body for m in phone.messages()]
    assert sum("they are too large. Please send them as photos." in body for body in told) == 1
    assert told.count("That file is very long, so I took its beginning.") == 2
    kept = "SELECT path FROM workspace_file WHERE path LIKE '%hindi%' AND size > 199990 ORDER BY 1"
    assert stack.rows(kept) == [{"path": "files/hindi.txt"}, {"path": "papers/hindi-docx.md"}]


def test_what_has_no_room_in_the_app_is_said_once_and_nobody_looks_for_it(stack: Stack) -> None:
    phone = stack.phone()
    for number in range(5):
        phone.send_file(collage(f"Sheet {number}"), PDF, f"sheet-{number}.pdf")
    eventually(lambda: len(stack.rows("SELECT FROM attachment")) == 5, "all are taken in")
    phone.say("Build a landing page for my restaurant with these")
    phone.wait_for(announced, 90)

    told = [m.body for m in phone.messages() if "no room" in m.body]
    assert told == ["Your app has no room for all that you sent: 1 file is not in it."]
    sheets = "SELECT path FROM {} WHERE path LIKE 'papers/%' ORDER BY path"
    kept = stack.rows(sheets.format("workspace_file"))
    assert len(kept) == 4
    assert stack.rows(sheets.format("attachment")) == kept
    (build,) = stack.rows("SELECT request_text FROM build")
    named = re.findall(r"\[paper: (.+)\]", build["request_text"])
    assert sorted(named) == [row["path"] for row in kept]


def test_two_papers_of_one_name_are_two_files(stack: Stack) -> None:
    phone = stack.phone()
    asked = send_paper(phone, menu())
    for content in (pdf([["Supper"]]), menu()):  # the last one is the first one again
        phone.send_file(content, PDF, "menu.pdf")
    eventually(lambda: len(stack.rows("SELECT FROM attachment")) == 3, "all are taken in")
    phone.say("Build a landing page for my restaurant with these")
    phone.wait_for(announced, 90, after=asked)

    rows = stack.rows("SELECT path FROM workspace_file WHERE path LIKE 'papers/%' ORDER BY path")
    (marked, plain) = [row["path"] for row in rows]
    assert plain == "papers/menu.pdf"
    assert re.fullmatch(r"papers/menu-[0-9a-f]{8}\.pdf", marked)
    shown = stack.rows("SELECT says FROM attachment WHERE path LIKE 'papers/menu-%'")
    assert [row["says"] for row in shown] == ["[page 1]\nSupper"]


def test_what_cannot_be_read_is_said_in_a_sentence_and_the_next_one_is_taken(
    stack: Stack,
) -> None:
    phone = stack.phone()
    refused = {
        "locked.pdf": (locked(menu(), "secret"), PDF, "locked with a password"),
        "broken.pdf": (menu()[:400], PDF, "could not read that file"),
        "empty.pdf": (b"", PDF, "could not read that file"),
        "bomb.docx": (bomb_of_office(), WORD, "could not read that file"),
        "old.doc": (b"\xd0\xcf\x11\xe0", "application/msword", "can't open that kind of file"),
        "": (bytes(15_000_000), "video/mp4", "can't watch videos"),
    }
    for name, (content, kind, answer) in refused.items():
        before = max((m.position for m in phone.messages()), default=0)
        phone.send_file(content, kind, name)
        phone.wait_for(saying(answer), 60, after=before)
    assert stack.model_calls() == []
    assert stack.rows("SELECT 1 FROM attachment") == []

    send_paper(phone, locked(menu(), ""))
    assert stack.rows("SELECT path FROM attachment") == [{"path": "papers/menu.pdf"}]


def test_office_files_are_read_and_what_they_say_is_on_the_page(stack: Stack) -> None:
    phone = stack.phone()
    send_paper(phone, word("Opening hours", "Tuesday to Sunday"), "hours.docx", WORD)
    phone.send_file(excel([["Dish", "Price"], ["Lamb stew", 17.3]]), EXCEL, "prices.xlsx")
    phone.send_file(powerpoint(("About us", "Since 1987")), POWERPOINT, "about.pptx")
    eventually(lambda: len(stack.rows("SELECT 1 FROM attachment")) == 3, "all are taken in")
    phone.say("Build a landing page for my restaurant with these")
    page = urlopen(link_in(phone.wait_for(announced, 90))).read().decode()

    for line in ("Tuesday to Sunday", "Lamb stew | 17.3", "Since 1987"):
        assert f"<li>{line}</li>" in page
    assert {row["path"] for row in stack.rows("SELECT path FROM workspace_file")} >= {
        "papers/hours-docx.md",
        "papers/prices-xlsx.md",
        "papers/about-pptx.md",
    }


def test_a_paper_for_the_code_that_is_being_written_reaches_the_engineer(stack: Stack) -> None:
    stack.hold_model("frontend")
    phone = stack.phone()
    phone.say("Build me a counter")
    eventually(lambda: stack.rows("SELECT 1 FROM build WHERE phase = 'implementation'"), "written")
    phone.send_file(menu(), PDF, "menu.pdf")
    phone.say("Make it blue, and put this on the page too")
    phone.wait_for(lambda m: m.body.startswith("Got it, adding that"), 30)
    stack.let_go()
    phone.wait_for(announced, 60)

    assert papers_shown(stack)["frontend"] == 1
    assert stack.rows("SELECT 1 FROM version_file WHERE path = 'papers/menu.pdf'")
    (turns,) = stack.rows("SELECT string_agg(results, '') AS text FROM turn")
    assert '"type":"stored"' in turns["text"], "what is stored of it is small"


def test_a_scan_in_answer_to_the_crew_is_seen_by_who_asked(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter, but ask me first")
    phone.wait_for(lambda m: m.body.startswith("1 of 2: Which colour shall it have?"), 60)
    phone.send_file(scan(pages=1, side=300), PDF, "menu.pdf")
    phone.wait_for(lambda m: m.body.startswith("2 of 2: How large"), 30)
    phone.say("Large")
    phone.wait_for(announced, 60)

    assert papers_shown(stack)["frontend"] == 1


def test_a_paper_stays_the_apps_in_the_next_change_and_leaves_with_its_user(stack: Stack) -> None:
    phone = stack.phone()
    asked = send_paper(phone, menu())
    phone.say(ASKED)
    first = phone.wait_for(announced, 90, after=asked)
    phone.say("Change the title to Bistro")
    second = phone.wait_for(announced, 90, after=first.position)
    for role in ("orchestrator", "frontend"):
        assert "Tomato soup 4.50" in stack.brief_of(role), "who changes it reads what it says"
    assert urlopen(f"{link_in(second)}papers/menu.pdf").read().startswith(b"%PDF-")

    phone.say("export")
    sent = phone.wait_for(lambda m: "in a zip file" in m.body, 60, after=second.position)
    with ZipFile(BytesIO(urlopen(found(r"http://\S+", sent.body)[0]).read())) as archive:
        assert archive.read("papers/menu.pdf").startswith(b"%PDF-")

    phone.say("forget me")
    question = phone.wait_for(lambda m: "Shall I?" in m.body, 60, after=sent.position)
    phone.tap(question, "Delete everything")
    phone.wait_for(lambda m: "Goodbye!" in m.body, 60, after=question.position)
    gone = "SELECT path FROM attachment UNION ALL SELECT 'blob' FROM blob"
    eventually(lambda: not stack.rows(gone), "nothing of theirs is left")


def test_a_paper_that_the_model_does_not_take_is_told_as_text(stack: Stack) -> None:
    phone = stack.phone()
    asked = send_paper(phone, menu())
    stack.fail_model("invalid_request", "frontend")
    phone.say(ASKED)
    ready = phone.wait_for(announced, 90, after=asked)

    assert "Lemon sorbet 4.80" in urlopen(link_in(ready)).read().decode()
    calls = [call for call in stack.model_calls() if call["role"] == "frontend"]
    assert [call["papers"] for call in calls][:2] == [1, 0]


def test_a_paper_too_large_for_a_small_context_is_told_as_text_to_all_who_work_on_it(
    lender: Lender,
) -> None:
    with lender.lend({"WORKING_BUDGET_TOKENS": "12000"}) as stack:
        phone = stack.phone()
        asked = send_paper(phone, menu())
        phone.say("Build a todo app with what it says, step by step")
        ready = phone.wait_for(announced, 150, after=asked)

        assert set(papers_shown(stack).values()) == {0}
        assert "Lemon sorbet 4.80" in urlopen(link_in(ready)).read().decode()
        rows = stack.rows("SELECT document FROM handoff WHERE target_agent_id LIKE 'frontend%%'")
        for row in rows:
            assert "papers/menu.pdf" in {file["path"] for file in row["document"]["work_completed"]}
