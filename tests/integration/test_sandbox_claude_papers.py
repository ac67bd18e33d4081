"""The stand-in reads PDFs as the real API does, and refuses the same ones."""

import base64
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from bot.sandbox.claude.server import FakeClaude
from tests.papers import locked, long_paper, menu
from tests.sandbox_claude_driver import REQUEST_TEXT, ask, calls, client_of, question

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[FakeClaude]:
    with FakeClaude() as server:
        yield server


def shown(*papers: bytes) -> list[dict[str, Any]]:
    """A user's message that shows these PDFs."""
    blocks: list[dict[str, Any]] = [
        {
            "type": "document",
            "source": {
                "type": "base64",
                "media_type": "application/pdf",
                "data": base64.b64encode(paper).decode(),
            },
        }
        for paper in papers
    ]
    return [{"role": "user", "content": [*blocks, {"type": "text", "text": REQUEST_TEXT}]}]


async def test_a_paper_is_read_and_costs_by_its_pages(server: FakeClaude) -> None:
    parameters = question("designer", REQUEST_TEXT)
    async with client_of(server) as client:
        bare = await ask(client, **parameters)
        seen = await ask(client, **parameters | {"messages": shown(menu())})

    assert calls(server)[-1]["papers"] == 1
    assert 3_000 < seen.usage.input_tokens - bare.usage.input_tokens < 4_000


@pytest.mark.parametrize(
    ("papers", "complaint"),
    [
        ([b"%PDF-1.7"], "was not valid"),
        ([locked(menu(), "secret")], "password protected"),
        ([long_paper(101)], "A maximum of 100 PDF pages"),
        ([long_paper(60), long_paper(61)], "A maximum of 100 PDF pages"),
    ],
    ids=["no PDF", "locked", "too long", "together too long"],
)
async def test_a_paper_that_the_real_api_refuses_is_refused(
    server: FakeClaude, papers: list[bytes], complaint: str
) -> None:
    async with client_of(server) as client:
        with pytest.raises(anthropic.BadRequestError, match=complaint):
            await ask(client, **question("designer", REQUEST_TEXT) | {"messages": shown(*papers)})
