"""All papers of a conversation share one room, and leave another one to work in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from bot.attachments.kept_files import KeptPaper
from bot.crew.images import shown_tokens
from bot.crew.papers import EXCERPT, PaperRoom, room_for_papers, tokens_of
from bot.crew.sources import BESIDE
from handoffs.tokens import WorkingBudget, estimate_tokens

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

NAMING = 40  # tokens at most of the words around a paper
LINE = "A line of what it says & more.\n"


def paper(name: str, *, pages: int | None = 2, lines: int = 10, size: int = 1_000) -> KeptPaper:
    says = "".join(f"{number} {LINE}" for number in range(1, lines + 1))
    return KeptPaper(
        path=f"papers/{name}", sha256=name.encode().hex(), size=size, pages=pages, says=says
    )


def budget_of(tokens: int) -> WorkingBudget:
    return WorkingBudget(window=200_000, working_budget=tokens, max_output=48_000)


def taken(blocks: "Sequence[ContentBlockParam]") -> int:
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    return estimate_tokens(texts) + shown_tokens(blocks)


def kinds(blocks: "Sequence[ContentBlockParam]") -> list[str]:
    return [block["type"] for block in blocks]


def test_what_has_less_room_is_a_document_its_text_its_beginning_and_then_a_mention() -> None:
    menu = paper("menu.pdf", lines=200)
    seen: list[str] = []
    for tokens in (tokens_of(menu), tokens_of(menu) - 1, 500, 100):
        room = PaperRoom(tokens)
        room.show([menu])
        assert taken(room.blocks) <= tokens + NAMING
        seen.append(f"{kinds(room.blocks)[-1]} {room.text[-70:]}")

    assert seen[0].startswith("document")
    assert seen[1].endswith("200 A line of what it says &amp; more.\n")
    assert seen[2].endswith("more characters, from line 37 on]")
    assert seen[3].endswith("[no room for papers/menu.pdf: read what you need of them]")


def test_what_one_does_not_need_is_for_those_after_it() -> None:
    papers = [paper("menu.pdf"), paper("long.md", pages=None, lines=5_000), paper("hours.pdf")]
    room = PaperRoom(12_000)
    room.show(papers)

    documents = [block["title"] for block in room.blocks if block["type"] == "document"]
    assert documents == ["papers/menu.pdf", "papers/hours.pdf"]
    assert "=== papers/long.md\n1 A line" in room.text
    assert "more characters, from line" in room.text
    assert 10_000 < taken(room.blocks) <= 12_000 + 3 * NAMING


def test_a_paper_too_large_for_a_call_is_told_and_one_without_words_says_so() -> None:
    room = PaperRoom(50_000)
    room.show([paper("large.pdf", size=2_000_000), paper("scan.pdf", pages=90, lines=0)])

    assert kinds(room.blocks) == ["text"]
    assert "=== papers/large.pdf (2 pages)\n1 A line" in room.text
    assert "=== papers/scan.pdf (90 pages)\n(It is a scan" in room.text


def test_who_is_told_in_passing_reads_excerpts() -> None:
    room = PaperRoom(50_000)
    room.tell([paper("menu.pdf"), paper("long.md", pages=None, lines=5_000)])

    assert kinds(room.blocks) == ["text"]
    assert len(room.text) < EXCERPT + 1_000
    assert "more characters, from line" in room.text


@pytest.mark.parametrize("tokens", [4_000, 12_000, 20_000, 32_000, 64_000, 200_000])
@pytest.mark.parametrize("count", [1, 8])
def test_whatever_was_sent_a_successor_is_not_full_before_it_begins(
    tokens: int, count: int
) -> None:
    budget = budget_of(tokens)
    sources = "x" * 3 * min(max(budget.usable - BESIDE, 0) // 2, budget.working_budget // 4)
    papers = [paper(f"{number}.pdf", pages=15, lines=4_000) for number in range(count)]
    room = PaperRoom(room_for_papers(budget, beside=sources, takes_over=True))
    room.show(papers)

    shown = taken(room.blocks)
    assert shown <= budget.usable // 4 + count * NAMING
    if tokens >= 20_000:  # else the prompt alone fills it
        full = budget.critical * budget.usable / 100
        assert BESIDE + estimate_tokens([sources]) + shown < full
    first = PaperRoom(room_for_papers(budget))
    first.show(papers)
    assert taken(first.blocks) >= shown
