"""Twenty users send papers at once, some made to use up all memory; nobody else notices."""

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.messages import saying
from tests.acceptance.stack import Stack, announced
from tests.memory_growth import growth_of
from tests.papers import (
    EXCEL,
    PDF,
    WORD,
    bomb_of_cells,
    bomb_of_office,
    bomb_pdf,
    long_paper,
    menu,
    scan,
)

USERS = 20
GROWTH_LIMIT = 100 * 2**20  # bytes


def test_twenty_papers_at_once_cost_the_worker_little_and_are_answered(stack: Stack) -> None:
    stack.await_worker()
    phones = [stack.phone() for _ in range(USERS)]
    bomb, cells = bomb_pdf(), bomb_of_cells()
    photos, handbook = scan(pages=2, side=2_200), long_paper(300)
    sent = [
        (bomb, PDF, "could not read that file"),
        (bomb_of_office(), WORD, "could not read that file"),
        (cells, EXCEL, "What shall I do with it"),
        (photos, PDF, "What shall I do with it"),
        (handbook, PDF, "What shall I do with it"),
    ] * (USERS // 5)
    with growth_of(stack.program("worker").process.pid) as growth:
        for phone, (content, kind, _) in zip(phones, sent, strict=True):
            phone.send_file(content, kind, "paper")
        for phone, (_, _, answer) in zip(phones, sent, strict=True):
            phone.wait_for(saying(answer), 150)
        goes_on(stack.phone())

    assert max(growth) < GROWTH_LIMIT
    again = "SELECT 1 FROM procrastinate_jobs WHERE attempts > 1 AND task_name = 'read_message'"
    assert stack.rows(again) == []


def goes_on(phone: Phone) -> None:
    phone.send_file(menu(), PDF, "menu.pdf")
    phone.wait_for(lambda m: "What shall I do with it" in m.body, 60)
    phone.say("Build a page with what it says")
    phone.wait_for(announced, 90)
