"""What all who work on a build go by beside the user's words: the design, the data, decisions."""

import json
from typing import Any

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.checks.report import Report
from bot.collections.schemas import DEFINITIONS
from bot.crew.earlier_decisions import EARLIER_DECISIONS, earlier_decisions
from bot.crew.papers import PAPERS, papers_told
from bot.projects.decisions import decisions_of_build
from bot.projects.workspace import Workspace
from handoffs.document import UpstreamDependency
from handoffs.tokens import WorkingBudget
from telemetry.named_sql import statements

SQL = statements("bot.crew", "common_ground.sql")

OUTLINE_LIMIT = 6_000  # characters of the page as it is online

_DESIGNED_BEFORE = "As it was designed when the app was made; what was asked for since comes first."
_HOW_USED = "How they are used:"
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
        "collections": await shared_data(connection, build),
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


async def page_online(connection: AsyncConnection, build: Build) -> str:
    """The app as it is online, for assistive technology; "" for a new one or an untried one."""
    cursor = await connection.execute(SQL["page_online"], {"project_id": build.project_id})
    row = await cursor.fetchone()
    return Report.model_validate_json(row[0]).outline[:OUTLINE_LIMIT] if row else ""


async def shared_data(connection: AsyncConnection, build: Build) -> str:
    """The collections as they are stored, and what was said of their use; "" without any."""
    texts = await Workspace(connection, build.project_id).read_texts()
    definitions = texts.get(DEFINITIONS, "")
    if not definitions:
        return ""
    data, _ = await _latest_result(connection, build, "backend")
    uses = "".join(f"\n- {use}" for use in _uses(data))
    return f"{definitions}\n{_HOW_USED}{uses}" if uses else definitions


async def _design(connection: AsyncConnection, build: Build) -> str:
    design, is_of_this_build = await _latest_result(connection, build, "designer")
    lines = {name: design[name] for name in _MAIN_LINES if design.get(name)}
    if not lines:
        return ""
    shown = json.dumps(lines, ensure_ascii=False, indent=1)
    return shown if is_of_this_build else f"{_DESIGNED_BEFORE}\n{shown}"


def _uses(data: dict[str, Any]) -> list[str]:
    """What a backend engineer's answer says beside the definitions."""
    collections = [
        f"`{one['name']}`: {one['holds']}; {one['used_for']}" for one in data.get("collections", ())
    ]
    return [*data.get("notes", ()), *collections]


async def _latest_result(
    connection: AsyncConnection, build: Build, agent_type: str
) -> tuple[dict[str, Any], bool]:
    """What a role answered last, and whether in this build; empty where there is none.

    In the form of the release that it was made with, which may be another one.
    """
    key = {"project_id": build.project_id, "build_id": build.build_id, "agent_type": agent_type}
    cursor = await connection.execute(SQL["latest_result"], key)
    row = await cursor.fetchone()
    return (json.loads(row[0]), row[1]) if row else ({}, False)


async def _decisions(connection: AsyncConnection, build: Build) -> str:
    noted = await decisions_of_build(connection, build.project_id, build.request_id)
    return "\n".join(f"- {one.decision} (because {one.reason})" for one in noted)
