"""What a successor gets beside the document of the one before it: the material of its task.

The engineer gets the files as they are. Whoever began with a brief of their own gets what stood in
it, so that those who judge can go on judging, and not what the document says already.
"""

import json
import re

from psycopg import AsyncConnection

from bot.crew.assignment import Assignment
from bot.crew.browser_runs import last_trial
from bot.crew.sources import sources_for
from handoffs.tags import enclosed
from handoffs.tokens import WorkingBudget, estimate_tokens

_PART = re.compile(r"^<(\w+)>\n.*?\n</\1>$", re.M | re.S)
_IN_THE_DOCUMENT = {"request", "requirements", "earlier_decisions", "files"}
_LONG = ("changed_lines", "sources")  # left out in this order where there is no room
_TRIED = {"acceptance", "evidence"}


async def material_for_successor(
    connection: AsyncConnection, assignment: Assignment, budget: WorkingBudget
) -> str:
    """The parts in their tags; empty where there are none. They fill half of the budget at most."""
    if assignment.spec.owns_the_code:
        return await sources_for(connection, assignment.build, budget, is_taken_over=True)
    parts = _parts(assignment.opening or "[]")
    if assignment.spec.tries_the_app:
        seen = await last_trial(connection, assignment.build)
        if seen is not None and (acceptance := seen[0].acceptance) is not None:
            # What was seen of it stands in the document, as the last check.
            parts = {name: part for name, part in parts.items() if name not in _TRIED}
            tried = acceptance.model_dump_json(exclude_defaults=True)
            parts["acceptance"] = enclosed("acceptance", tried)
    for name in _LONG:
        if estimate_tokens(list(parts.values())) > budget.usable // 2:
            parts.pop(name, None)
    return "\n\n".join(parts.values())


def _parts(opening: str) -> dict[str, str]:
    """What a brief holds, each part with its tag."""
    text = "\n\n".join(block["text"] for block in json.loads(opening) if block["type"] == "text")
    found = {part[1]: part[0] for part in _PART.finditer(text)}
    return {name: part for name, part in found.items() if name not in _IN_THE_DOCUMENT}
