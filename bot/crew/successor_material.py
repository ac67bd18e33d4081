"""What a successor gets beside the document of the one before it: the material of its task.

The engineer gets the files as they are and, once they were sent back, what the app must do, or what
of it fails where that is all that there is room for; in a polish also how it looks. The
designer gets what there is of an app that is there already. Whoever began with a brief of their own
gets what stood in it, so that those who judge can go on judging and see the app, and not what the
document says already.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.builds.rounds import list_rounds
from bot.checks.acceptance import Acceptance
from bot.crew import transcript
from bot.crew.agent_specs import DESIGNER
from bot.crew.assignment import Assignment
from bot.crew.material import Material, within
from bot.crew.new_look import what_stands
from bot.crew.papers import PAPERS, papers_shown
from bot.crew.sent_earlier import sent_earlier_block
from bot.crew.sources import sources_for
from bot.crew.standing_list import ACCEPTANCE, for_the_engineer, standing_list
from bot.crew.trials import find_last_trial
from bot.crew.views import labelled_ends, labelled_views
from handoffs.agent_notes import AgentNotes, NotedItem
from handoffs.checkpoints import Turn
from handoffs.document import WorkItem
from handoffs.facts import HandoffFacts
from handoffs.tags import enclosed
from handoffs.tokens import WorkingBudget, estimate_tokens

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam, ToolUseBlockParam

_PART = re.compile(r"^<(\w+)>\n.*?\n</\1>$", re.M | re.S)
_IN_THE_DOCUMENT = {"request", "requirements", "earlier_decisions", "files"}
_LONG = ("changed_lines", "sources")  # left out in this order where there is no room
_TRIED = {ACCEPTANCE, "evidence"}


def left_to_do(facts: HandoffFacts, notes: AgentNotes | None, turns: Sequence[Turn]) -> str:
    """In words: the work that an agent leaves, then the files that it had in hand, latest first."""
    noted = notes.todo_list if notes else []
    numbers = {one.number for one in noted}
    open_items: list[NotedItem | WorkItem] = [
        *(one for one in noted if not one.passes),
        *(one for one in facts.items_on_record if not one.passes and one.number not in numbers),
    ]
    return "\n".join(
        [
            *(" ".join([one.description, *one.files]) for one in open_items),
            *facts.known_faults,
            notes.work_in_progress if notes else "",
            *(str(use["input"].get("path", "")) for use in _uses_backwards(turns)),
        ]
    )


def _uses_backwards(turns: Sequence[Turn]) -> "Iterator[ToolUseBlockParam]":
    for turn in reversed(turns):
        yield from reversed(transcript.tool_uses(turn))


async def material_for_successor(
    connection: AsyncConnection,
    assignment: Assignment,
    budget: WorkingBudget,
    *,
    left: str = "",
    told: Sequence[str] = (),
) -> Material:
    """What there is of it, or nothing. The text fills half of the budget at most.

    What is `left` to do says which files are needed first; `told` is what the document tells.
    """
    spec = assignment.spec
    if spec.owns_the_code:
        material = Material(
            text=await _for_the_engineer(connection, assignment, budget, left, told),
            pictures=await _to_polish(connection, assignment.build, budget),
        )
    elif spec is DESIGNER:
        material = await what_stands(connection, assignment.build, budget)
    else:
        material = await _of_its_brief(connection, assignment, budget)
    if not spec.reads_papers:
        return material
    papers = await papers_shown(
        connection, assignment.build, budget, beside=material.text, takes_over=True
    )
    return replace(material, papers=papers)


async def _of_its_brief(
    connection: AsyncConnection, assignment: Assignment, budget: WorkingBudget
) -> Material:
    """What stood in the brief, with what was seen since then in the place of what was."""
    parts = _parts(assignment.opening or "[]")
    if assignment.spec.reads_papers:
        parts.pop(PAPERS, None)  # they are shown
    pictures: tuple[ContentBlockParam, ...] = ()
    if assignment.spec.tries_the_app:
        last = await find_last_trial(connection, assignment.build)
        if last is not None and (acceptance := last.trial.acceptance) is not None:
            # What was seen of it stands in the document, as the last check.
            parts = {name: part for name, part in parts.items() if name not in _TRIED}
            tried = acceptance.model_dump_json(exclude_defaults=True)
            parts[ACCEPTANCE] = enclosed(ACCEPTANCE, tried)
            pictures = within(
                (*labelled_views(last.trial.views), *labelled_ends(last.trial)), budget
            )
    for name in _LONG:
        if estimate_tokens(list(parts.values())) > budget.usable // 2:
            parts.pop(name, None)
    return Material(text="\n\n".join(parts.values()), pictures=pictures)


async def _for_the_engineer(
    connection: AsyncConnection,
    assignment: Assignment,
    budget: WorkingBudget,
    left: str,
    told: Sequence[str],
) -> str:
    """The app's files and those sent earlier, behind what it must do if that was shown before."""
    build = assignment.build
    sources = await sources_for(connection, build, budget, left=left, told=told)
    sent = await sent_earlier_block(connection, build.project_id)
    files = "\n\n".join(filter(None, (sources, sent)))
    rounds = await list_rounds(connection, build.build_id)
    if not any(one.evidence for one in rounds):
        return files
    expected = await standing_list(connection, build.project_id)
    room = budget.usable // 8
    if expected is not None and estimate_tokens([for_the_engineer(expected)]) > room:
        expected = await _what_fails(connection, build, expected)
    shown = for_the_engineer(expected) if expected else ""
    if estimate_tokens([shown]) > room:
        return files
    return "\n\n".join(filter(None, (shown, files)))


async def _to_polish(
    connection: AsyncConnection, build: Build, budget: WorkingBudget
) -> "tuple[ContentBlockParam, ...]":
    """The pictures of an app that went back for its looks, as it was seen last."""
    rounds = await list_rounds(connection, build.build_id)
    judged = [one for one in rounds if one.outcome is not None]
    if not judged or not judged[-1].wants_polish:
        return ()
    last = await find_last_trial(connection, build)
    if last is None:
        return ()
    views = tuple(labelled_views(last.trial.views))
    return within((*views, *labelled_ends(last.trial)), budget) or within(views, budget)


async def _what_fails(
    connection: AsyncConnection, build: Build, expected: Acceptance
) -> Acceptance | None:
    """The criteria of the list that were not met when the app was tried last."""
    last = await find_last_trial(connection, build)
    unmet = last.trial.unmet if last else frozenset()
    failing = [one for one in expected.criteria if one.criterion in unmet]
    return expected.model_copy(update={"criteria": failing}) if failing else None


def _parts(opening: str) -> dict[str, str]:
    """What a brief holds, each part with its tag."""
    text = "\n\n".join(block["text"] for block in json.loads(opening) if block["type"] == "text")
    found = {part[1]: part[0] for part in _PART.finditer(text)}
    return {name: part for name, part in found.items() if name not in _IN_THE_DOCUMENT}
