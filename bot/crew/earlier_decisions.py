"""What was decided when an app was made, for whoever changes it in a later build.

Only the builds count that led to the version that is online. So what was undone is not carried on,
nor what belongs to another app, and whoever is forgotten leaves none.
"""

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.projects.decisions import Decision, list_decisions

EARLIER_DECISIONS = "earlier_decisions"
DECISIONS_CARRIED = 20  # the newest ones
DECISION_LENGTH = 400  # characters of one, with its reason

_HOLDS = "Decided when this app was made. It holds, unless the request wants it otherwise."


async def earlier_decisions(connection: AsyncConnection, build: Build) -> str:
    """The decisions behind the app as it is online, a line each; empty if there are none."""
    known = await list_decisions(connection, build.project_id)
    others = [one for one in known if one.request_id != build.request_id]
    lines = list(dict.fromkeys(map(_line, others)))[-DECISIONS_CARRIED:]
    return "\n".join([_HOLDS, *lines]) if lines else ""


def _line(one: Decision) -> str:
    told = " ".join(f"{one.decision} (because {one.reason})".split())
    return f"- {told[:DECISION_LENGTH]}"
