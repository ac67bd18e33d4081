"""What all who work on a build go by beside the user's words: the design, the data, decisions."""

import json
from typing import Any

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.collections.schemas import DEFINITIONS
from bot.crew.earlier_decisions import EARLIER_DECISIONS, earlier_decisions
from bot.crew.papers import PAPERS, papers_told
from bot.projects.decisions import decisions_of_build
from bot.projects.workspace import Workspace
from handoffs.document import UpstreamDependency
from handoffs.tokens import WorkingBudget
from telemetry.named_sql import statements

SQL = statements("bot.crew", "common_ground.sql")

COLLECTIONS = "collections"

_DESIGNED_BEFORE = "As it was designed when the app was made; what was asked for since comes first."
_HOW_USED = "How they are used:"
_USED_BEFORE = "Said of it in earlier builds; what stands above comes first:"
_MODELS = 5  # answers of backend engineers; each may only have said what was new
_MAIN_LINES = ("direction", "signature", "layout", "components", "controls", "content")


async def common_ground(
    connection: AsyncConnection, build: Build, budget: WorkingBudget
) -> dict[str, str]:
    """By tag: the design's main lines, the collections, what was decided; as far as there is any.

    Decisions of earlier builds stand apart from those of this one. Of papers it has as much as the
    reader's `budget` has room for.
    """
    known = {
        "design": await _design(connection, build),
        COLLECTIONS: await shared_data(connection, build),
        EARLIER_DECISIONS: await earlier_decisions(connection, build),
        "decisions": await _decisions(connection, build),
        PAPERS: await papers_told(connection, build, budget),
    }
    return {name: content for name, content in known.items() if content}


async def ground_of_change(
    connection: AsyncConnection, build: Build
) -> tuple[UpstreamDependency, ...]:
    """What an app was made from, for whoever changes it: the design's main lines, the data."""
    known = {
        "design": await _design(connection, build),
        "data": await shared_data(connection, build),
    }
    return tuple(
        UpstreamDependency(name=name, made_by="earlier builds", content=content)
        for name, content in known.items()
        if content
    )


async def shared_data(connection: AsyncConnection, build: Build) -> str:
    """The collections as they are stored, and what was said of their use; "" without any."""
    texts = await Workspace(connection, build.project_id).read_texts()
    definitions = texts.get(DEFINITIONS, "")
    if not definitions:
        return ""
    found = await _latest_results(connection, build, "backend", limit=_MODELS)
    models = [model for model, _ in found]
    latest = _uses(*models[:1])
    before = [use for use in _uses(*models) if use not in latest]
    parts = ((_HOW_USED, latest), (_USED_BEFORE, before))
    told = ["\n- ".join([heading, *uses]) for heading, uses in parts if uses]
    return "\n".join([definitions, *told])


async def _design(connection: AsyncConnection, build: Build) -> str:
    found = await _latest_results(connection, build, "designer", limit=1)
    design, is_of_this_build = found[0] if found else ({}, False)
    lines = {name: design[name] for name in _MAIN_LINES if design.get(name)}
    if not lines:
        return ""
    shown = json.dumps(lines, ensure_ascii=False, indent=1)
    return shown if is_of_this_build else f"{_DESIGNED_BEFORE}\n{shown}"


def _uses(*models: dict[str, Any]) -> list[str]:
    """What backend engineers' answers say beside the definitions; of a collection the first one."""
    notes = [note for model in models for note in model.get("notes", ())]
    collections: dict[str, str] = {}
    for one in (one for model in models for one in model.get("collections", ())):
        said = f"`{one['name']}`: {one['holds']}; {one['used_for']}"
        collections.setdefault(one["name"], said)
    return list(dict.fromkeys([*notes, *collections.values()]))


async def _latest_results(
    connection: AsyncConnection, build: Build, agent_type: str, *, limit: int
) -> list[tuple[dict[str, Any], bool]]:
    """What a role answered last, and whether in this build; the latest first.

    In the form of the release that it was made with, which may be another one.
    """
    key = {
        "project_id": build.project_id,
        "build_id": build.build_id,
        "agent_type": agent_type,
        "limit": limit,
    }
    cursor = await connection.execute(SQL["latest_results"], key)
    return [(json.loads(result), is_of_this) for result, is_of_this in await cursor.fetchall()]


async def _decisions(connection: AsyncConnection, build: Build) -> str:
    noted = await decisions_of_build(connection, build.project_id, build.request_id)
    return "\n".join(f"- {one.decision} (because {one.reason})" for one in noted)
