"""What the user wants different meanwhile, as the agent that owns the code reads it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from bot.attachments.kept_files import KeptPaper, papers_of
from bot.attachments.mentions import without_files
from bot.builds.change_requests import ChangeRequest, take_changes
from bot.collections.schemas import DEFINITIONS
from bot.crew import transcript
from bot.crew.assignment import Assignment
from bot.crew.brought_files import bring_files
from bot.crew.papers import PaperRoom, room_for_papers
from bot.crew.user_words import REQUIREMENTS, requirements_block
from bot.model.roles import role_prompt
from bot.projects.workspace import Workspace
from bot.requests.lifecycle import end_work
from bot.requests.states import WorkEnd
from handoffs.checkpoints import Turn
from handoffs.lifecycle import Agent
from handoffs.tags import tagged

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

TAG = "change"
_NEWS = "The user has just written this. It belongs to the request now; work it in."

_ALL_THAT_HOLDS = "With it, this is asked of the app now:"


async def read_changes(
    connection: AsyncConnection, assignment: Assignment, agent: Agent, turn: Turn
) -> "list[ContentBlockParam]":
    """What nobody has read yet, to go with the results of this turn; applied when that commits.

    Nothing for an agent that does not own the code. What came with a yes to go on ends as the build
    does, the rest with being read.
    """
    if not assignment.spec.owns_the_code:
        return []
    changes = await take_changes(
        connection, assignment.build.build_id, agent_id=agent.agent_id, turn=turn.number
    )
    if not changes:
        return []
    papers: list[KeptPaper] = []
    said: list[str] = []
    for change in changes:
        left_out = await bring_files(
            connection,
            user_id=assignment.build.user_id,
            request_id=change.request_id,
            project_id=assignment.build.project_id,
        )
        papers += await papers_of(connection, change.request_id)
        said.append(without_files(change.body, left_out).rstrip())
        if change.request_id != assignment.build.current_request_id:
            await end_work(connection, change.request_id, WorkEnd.COMPLETED)
    # It is in the middle of its work: papers take no more than half of what it has left.
    room = PaperRoom(
        min(
            room_for_papers(agent.budget, takes_over=True),
            agent.status.remaining_tokens // 2,
        )
    )
    room.show(papers)
    asked = await requirements_block(connection, assignment.build)
    return [
        *(transcript.note(f"{_NEWS}\n{tagged(TAG, words)}") for words in said),
        *room.blocks,
        *map(transcript.note, await _ways_to_share(connection, assignment, changes)),
        transcript.note(f"{_ALL_THAT_HOLDS}\n{tagged(REQUIREMENTS, asked)}"),
    ]


async def _ways_to_share(
    connection: AsyncConnection, assignment: Assignment, changes: Sequence[ChangeRequest]
) -> list[str]:
    """How the engineer alters what visitors share: who else could was asked before they wrote."""
    sizes = {change.size for change in changes}
    files = await Workspace(connection, assignment.build.project_id).list_files()
    if any(file.path == DEFINITIONS for file in files):
        return [role_prompt("define_collections")] if sizes != {"looks"} else []
    if "large" not in sizes:
        return []
    return [role_prompt("define_collections"), role_prompt("collections")]


def brings_changes(turn: Turn) -> bool:
    """Whether the turn's results end with what the user wrote meanwhile."""
    return bool(turn.results) and any(
        block["type"] == "text" and block["text"].startswith(_NEWS) for block in turn.results or ()
    )


def as_item(words: str) -> str:
    """A change as a piece of work, in one line."""
    return f"What the user asked for meanwhile: {' '.join(words.split())}"
