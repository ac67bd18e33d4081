"""What operators do for one user: erase them, export their app, raise their budget for today."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.builds.builds import AWAITS_ANSWER
from bot.errors import ActRefused
from bot.intake.forget_user import erase_user, finish_forgetting
from bot.intake.message_lock import lock_reading
from bot.model.budgets import raise_for_today
from bot.operating.audit import Action, Operator, note
from bot.operating.requests import SQL as REQUESTS
from bot.operating.requests import go_on
from bot.operating.user_lookup import UnknownUser
from bot.projects.deployments import Deployment
from bot.requests.lifecycle import show_opened
from bot.settings.groups import Settings
from telemetry.named_sql import statements
from telemetry.root import mint_root

if TYPE_CHECKING:
    from bot.intake.commands.export import Exported

SQL = statements("bot.operating", "users.sql")


class NothingToExport(ActRefused):
    """This user has no published app."""


@dataclass(frozen=True, kw_only=True)
class Raised:
    """By how much (USD) a user's budget is raised for today, and how many builds go on for it."""

    usd: Decimal
    builds: int


@dataclass(frozen=True, kw_only=True)
class _PutDown:
    """A build that rests for its user's day; whether they were asked, and have not answered."""

    build_id: UUID
    awaits_answer: bool


async def erase(connection: AsyncConnection, user_id: str, by: Operator) -> list[Deployment]:
    """Do what "forget me" does in the chat, without a goodbye. Raises `UnknownUser`.

    Returns the copies of their apps at other services, which stay. The audit keeps their id, which
    leads to nobody any more.
    """
    root = mint_root()
    async with connection.transaction():
        await lock_reading(connection, user_id)
        async with connection.cursor(row_factory=scalar_row) as cursor:
            ids = {"user_id": user_id, "trace_id": root.trace_id, "span_id": root.span_id}
            await cursor.execute(REQUESTS["open_request"], ids)
            request_id: UUID | None = await cursor.fetchone()
        if request_id is None:
            raise UnknownUser
        await connection.execute(SQL["close_at_once"], {"request_id": request_id})
        copies = await erase_user(connection, user_id=user_id, request_id=request_id)
        await note(connection, by, Action.ERASE, f"user:{user_id}")
    await finish_forgetting(connection)
    return copies


async def export(connection: AsyncConnection, user_id: str, by: Operator) -> "Exported":
    """A user's current app in one document, with what they asked of it and what was decided.

    Raises `NothingToExport`.
    """
    from bot.intake.commands.export import read_export
    from bot.projects.decisions import list_decisions
    from bot.projects.projects import list_projects
    from bot.projects.requirements import list_requirements

    async with connection.transaction():
        for project in (await list_projects(connection, user_id))[:1]:
            asked = await list_requirements(connection, project.project_id, None)
            decided = await list_decisions(connection, project.project_id)
            beside = {
                "textcrew/requirements.json": _as_json(asked),
                "textcrew/decisions.json": _as_json(decided),
            }
            found = await read_export(connection, project, beside=beside)
            if found is not None:
                await note(connection, by, Action.EXPORT, f"user:{user_id}")
                return found
    raise NothingToExport


def _as_json(rows: Iterable[object]) -> bytes:
    listed = [vars(row) for row in rows]
    return json.dumps(listed, ensure_ascii=False, indent=1, default=str).encode()


async def raise_budget(
    connection: AsyncConnection, user_id: str, usd: Decimal, by: Operator, settings: Settings
) -> Raised:
    """Let a user have `usd` more until the day (UTC) ends, and what waits for it go on.

    What they have stopped stays where it is. Raises `UnknownUser`, or `ActRefused` for less than a
    cent or more than all users have a day.
    """
    budgets = settings.budgets
    if not usd.is_finite() or not Decimal("0.01") <= usd <= budgets.total_daily_usd:
        raise ActRefused(f"An amount from $0.01 to ${budgets.total_daily_usd:,.2f} is needed.")
    async with connection.transaction():
        await lock_reading(connection, user_id)
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["lock_user"], {"user_id": user_id})
            if await cursor.fetchone() is None:
                raise UnknownUser
            raised = await raise_for_today(connection, user_id, usd)
            await note(connection, by, Action.RAISE_BUDGET, f"user:{user_id}")
        async with connection.cursor(row_factory=class_row(_PutDown)) as put_down:
            await put_down.execute(
                SQL["list_put_down"], {"user_id": user_id, "awaits": AWAITS_ANSWER}
            )
            waiting = await put_down.fetchall()
        opened = await _go_on_with(connection, user_id, waiting, settings)
    for request_id in opened:
        await show_opened(connection, request_id)
    return Raised(usd=raised, builds=len(opened))


async def _go_on_with(
    connection: AsyncConnection, user_id: str, builds: Iterable[_PutDown], settings: Settings
) -> list[UUID]:
    """Let those go on that can; the requests in whose names they do.

    A raise is no answer to what their user was asked: what a request may cost they are asked still.
    """
    opened = []
    for build in builds:
        # Refused is one whose app was changed since, or is being built.
        with suppress(ActRefused):
            opened.append(await go_on(connection, user_id, build.build_id, settings.retention))
            if build.awaits_answer:
                await connection.execute(SQL["ask_anew"], {"build_id": build.build_id})
    return opened
