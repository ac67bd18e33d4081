"""What an app is to do by what was agreed for a build, and what of it a browser has seen work."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("bot.builds", "goals.sql")


@dataclass(frozen=True, kw_only=True)
class Goals:
    """Sentences in the user's language.

    `is_tried` where all of them were clicked through; then the `unmet` ones did not work.
    """

    criteria: Sequence[str]
    unmet: Sequence[str]
    is_tried: bool

    @property
    def met(self) -> list[str]:
        """What works, as far as it was tried."""
        return [one for one in self.criteria if self.is_tried and one not in self.unmet]

    @property
    def mark(self) -> str:
        """Differs where there is something else to tell; empty where there is nothing."""
        tried = f"{len(self.met)} met" if self.is_tried else "untried"
        return f"{tried} of {len(self.criteria)}" if self.criteria else ""


async def find_goals(connection: AsyncConnection, build_id: UUID) -> Goals:
    """What a build's app is to do, and does by now."""
    async with connection.cursor(row_factory=class_row(Goals)) as cursor:
        await cursor.execute(SQL["find_goals"], {"build_id": build_id})
        goals = await cursor.fetchone()
    assert goals is not None  # the caller's build is there
    return goals
