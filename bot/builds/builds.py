"""Builds: what one is, what it is asked for, the phases that it passes, and how it ends."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from bot.builds.phases import Phase, completion_percentage
from bot.database.together import Asked
from bot.errors import OwnershipLost
from bot.projects.requirements import add_request
from bot.requests.states import WorkEnd
from telemetry.named_sql import statements
from telemetry.spans import trace_phase_transition

SQL = statements("bot.builds", "builds.sql")

AWAITS_ANSWER = "awaits_answer"  # why a build rests whose user is asked about the budget


@dataclass(frozen=True, kw_only=True)
class Build:
    """A build as its owner claimed it. `attempts` counts claims since the last stored turn.

    A `workflow` without a `plan` is clear before anyone plans. `current_request_id` is the request
    in whose name it runs: its own, or the latest one that said "try again". `budget_asked` once the
    user was asked whether it may use up its budget. In `first_language`, an ISO 639-1 code, they
    were spoken to when it began: the crew keeps to it, or the page would end in two languages.
    """

    build_id: UUID
    request_id: UUID
    current_request_id: UUID
    project_id: UUID
    user_id: str
    request_text: str
    workflow: str | None
    plan: dict[str, Any] | None
    phase: str
    phase_started_at: datetime
    attempts: int
    first_language: str
    budget_asked: bool = False


@dataclass(frozen=True, kw_only=True)
class UnfinishedBuild:
    """A build that runs or waits, as the user asks about it.

    `asked_at` is when it was asked for, or last asked to go on. `agent_type` is who is at work, if
    anybody is. The cost is in USD, without the `unpriced_calls`.
    """

    build_id: UUID
    request_id: UUID
    project_id: UUID
    title: str
    phase: str
    workflow: str | None
    status: str
    asked_at: datetime
    awaits_answer: bool
    agent_type: str | None
    known_cost_usd: Decimal
    unpriced_calls: int


async def create_build(
    connection: AsyncConnection,
    *,
    request_id: UUID,
    project_id: UUID,
    user_id: str,
    request_text: str,
    workflow: str | None = None,
) -> None:
    """Store a build with what it is asked for, and queue its job, in the caller's transaction.

    `workflow` is what is clear before anyone plans.
    """
    await connection.execute(
        SQL["create_build"],
        {
            "request_id": request_id,
            "project_id": project_id,
            "user_id": user_id,
            "request_text": request_text,
            "workflow": workflow,
        },
    )
    await add_request(connection, request_id)


async def set_plan(
    connection: AsyncConnection, build: Build, *, workflow: str, title: str, plan: dict[str, Any]
) -> None:
    """Keep what the orchestrator decided; `title` names an app that has no version yet."""
    await connection.execute(
        SQL["set_plan"],
        {
            "build_id": build.build_id,
            "project_id": build.project_id,
            "workflow": workflow,
            "title": title,
            "plan": Jsonb(plan),
        },
    )


async def set_request_text(connection: AsyncConnection, build: Build, request_text: str) -> None:
    """Keep what the request is from now on."""
    await connection.execute(
        SQL["set_request_text"], {"build_id": build.build_id, "request_text": request_text}
    )


async def load_workflow(connection: AsyncConnection, build: Build) -> str | None:
    """The workflow as it is now: what was asked meanwhile may have made the build a larger one."""
    cursor = await connection.execute(SQL["load_workflow"], {"build_id": build.build_id})
    row = await cursor.fetchone()
    return row[0] if row else None


async def enter_phase(
    connection: AsyncConnection, build: Build, phase: Phase, *, reason: str
) -> Build:
    """Move the build on to `phase`; traced as `phase_transition`. Returns it as it is then."""
    cursor = await connection.execute(
        SQL["enter_phase"], {"build_id": build.build_id, "phase": phase}
    )
    row = await cursor.fetchone()
    if row is None:
        raise OwnershipLost
    entered = replace(build, phase=phase, phase_started_at=row[0])
    with trace_phase_transition(
        from_phase=build.phase,
        to_phase=phase,
        reason=reason,
        phase_duration_seconds=(entered.phase_started_at - build.phase_started_at).total_seconds(),
        completion_percentage=completion_percentage(phase),
    ):
        return entered


async def end_build(
    connection: AsyncConnection,
    build: Build,
    end: WorkEnd,
    *,
    failure: str | None = None,
    short_of: str | None = None,
) -> None:
    """Note how the build ended, and why if it failed; `short_of` which budget, where it rests."""
    await connection.execute(
        SQL["end_build"],
        {"build_id": build.build_id, "status": end, "failure": failure, "short_of": short_of},
    )


async def note_budget_asked(connection: AsyncConnection, build: Build) -> None:
    """The user is asked whether the build may use up its budget, and not again."""
    await connection.execute(SQL["note_budget_asked"], {"build_id": build.build_id})


async def decline_to_go_on(connection: AsyncConnection, build_id: UUID) -> None:
    """Note that a build that awaits the user's answer shall not go on."""
    values = {"build_id": build_id, "awaits": AWAITS_ANSWER}
    await connection.execute(SQL["decline_to_go_on"], values)


async def is_any_queued(connection: AsyncConnection, project_id: UUID) -> bool:
    """Whether a build of the project begins when the one ends that runs."""
    cursor = await connection.execute(SQL["is_any_queued"], {"project_id": project_id})
    ((is_queued,),) = await cursor.fetchall()
    return bool(is_queued)


async def unfinished_builds(connection: AsyncConnection, user_id: str) -> list[UnfinishedBuild]:
    """What runs or waits for a user, oldest first."""
    return await _list_unfinished(connection, user_id, put_down_for=None)


async def builds_to_report(connection: AsyncConnection, user_id: str) -> list[UnfinishedBuild]:
    """What runs, waits, or was put down until the user has answered, oldest first."""
    return await _list_unfinished(connection, user_id, put_down_for=AWAITS_ANSWER)


def asked_for_builds(user_id: str) -> Asked[UnfinishedBuild]:
    """Asks what runs or waits, oldest first."""
    values = {"user_id": user_id, "put_down_for": None}
    return Asked(SQL["unfinished_builds"], values, UnfinishedBuild)


async def _list_unfinished(
    connection: AsyncConnection, user_id: str, *, put_down_for: str | None
) -> list[UnfinishedBuild]:
    async with connection.cursor(row_factory=class_row(UnfinishedBuild)) as cursor:
        values = {"user_id": user_id, "put_down_for": put_down_for}
        await cursor.execute(SQL["unfinished_builds"], values)
        return await cursor.fetchall()
