"""What an agent has to go by before it begins: read off its brief and its first turn, at no cost.

Research is the brief and, where an agent has tools to look around, its first turn; what it makes
follows.
"""

import json
import re
from dataclasses import dataclass
from html import unescape

from bot.crew import transcript
from bot.crew.agent_specs import AgentSpec
from handoffs.checkpoints import Turn

READING = frozenset({"list_files", "read_file"})

_PART = re.compile(r"<(\w+)>\n(.*?)\n</\1>", re.DOTALL)
_OPEN_ITEM = re.compile(r"^\d+\. \[open\]", re.MULTILINE)
_PLANNED = ("components", "collections", "criteria", "steps")


@dataclass(frozen=True, kw_only=True)
class Research:
    """`topics` are the parts of the brief and what was read, `components` what is to be made."""

    topics: int
    components: int


def looks_around(spec: AgentSpec) -> bool:
    """Whether agents of that kind have tools to read with."""
    return any(tool.name in READING for tool in spec.tools)


def only_reads(turn: Turn) -> bool:
    """Whether all that a turn asks for is to read."""
    uses = transcript.tool_uses(turn)
    return bool(uses) and all(use["name"] in READING for use in uses)


def summed_up(spec: AgentSpec, opening: str, turns: list[Turn]) -> Research:
    """The research that an agent has behind it when it begins to work."""
    text = "\n".join(block.get("text", "") for block in json.loads(opening))
    parts = {name: unescape(content) for name, content in _PART.findall(text)}
    read = sum(len(transcript.tool_uses(turn)) for turn in turns if only_reads(turn))
    planned = sum(map(_planned, parts.values()))
    open_items = len(_OPEN_ITEM.findall(parts.get("open_items", "")))
    fields = len(spec.answer.model_fields) if spec.answer else 0
    return Research(topics=len(parts) + read, components=fields or max(planned, open_items, 1))


def _planned(part: str) -> int:
    """How many things the part of a brief names that are to be made."""
    try:
        value = json.loads(part)
    except ValueError:
        return 0
    if not isinstance(value, dict):
        return 0
    lists = [value[name] for name in _PLANNED if isinstance(value.get(name), list)]
    return sum(map(len, lists))
