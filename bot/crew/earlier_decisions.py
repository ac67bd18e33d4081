"""What was decided when an app was made, for whoever changes it in a later build.

Decisions are read where they were noted, in the stored turns of the builds that led to the version
that is online. So what was undone is not carried on, nor what belongs to another app, and whoever
is forgotten leaves none.
"""

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from bot.builds.builds import Build
from bot.crew.decision_tool import NOTE_DECISION, NotedDecision, noted_decisions
from handoffs.checkpoints import read_turn
from telemetry.named_sql import statements

SQL = statements("bot.crew", "earlier_decisions.sql")

EARLIER_DECISIONS = "earlier_decisions"
DECISIONS_CARRIED = 20  # the newest ones
DECISION_LENGTH = 400  # characters of one, with its reason

_HOLDS = "Decided when this app was made. It holds, unless the request wants it otherwise."


async def earlier_decisions(connection: AsyncConnection, build: Build) -> str:
    """The decisions behind the app as it is online, a line each; empty if there are none."""
    async with connection.cursor(row_factory=kwargs_row(read_turn)) as cursor:
        await cursor.execute(
            SQL["noting_turns"],
            {
                "project_id": build.project_id,
                "request_id": build.request_id,
                "tool": NOTE_DECISION.name,
            },
        )
        noted = noted_decisions(await cursor.fetchall())
    lines = list(dict.fromkeys(map(_line, noted)))[-DECISIONS_CARRIED:]
    return "\n".join([_HOLDS, *lines]) if lines else ""


def _line(one: NotedDecision) -> str:
    told = " ".join(f"{one.decision} (because {one.reason})".split())
    return f"- {told[:DECISION_LENGTH]}"
