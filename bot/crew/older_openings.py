"""Openings from releases that put the papers ahead of them at each call, not into what is stored.

Who began then goes on with such an opening, and sees the papers where they were.
"""

import json
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from bot.attachments.kept_files import papers_of
from bot.builds.builds import Build
from bot.crew.papers import PAPERS, PaperRoom, room_for_papers
from handoffs.lifecycle import Agent

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam


async def opening_with_papers(connection: AsyncConnection, build: Build, agent: Agent) -> str:
    """The agent's opening as JSON, with the papers of the build's request ahead if it has none.

    They came before the agent was spawned and its budget stays, so it is the same at each call.
    """
    blocks: list[ContentBlockParam] = json.loads(agent.opening)
    if any(map(_holds_papers, blocks)):
        return agent.opening
    papers = await papers_of(connection, build.request_id)
    if not papers:
        return agent.opening
    room = PaperRoom(room_for_papers(agent.budget))
    room.show(papers)
    return json.dumps([*room.blocks, *blocks], ensure_ascii=False)


def _holds_papers(block: "ContentBlockParam") -> bool:
    """Whether a block is a paper, or papers alone: a brief may tell of some further down."""
    if block["type"] != "text":
        return block["type"] == "document"
    _, _, told = block["text"].partition("\n")
    return told.startswith(f"<{PAPERS}>")
