"""What a user hears between two milestones: neither silence nor chatter.

An update when something is there that was not told, at most once a minute and with the newest
state only; a sign of life after three minutes without a word. All of it is read from what the
agents have stored; nothing is invented.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.builds.goals import Goals, find_goals
from bot.builds.phases import completion_percentage
from bot.collections.schemas import DEFINITIONS
from bot.delivery.outbox import enqueue
from bot.languages.i18n import use_locale
from bot.messages import progress_texts
from bot.messages.kinds import MessageKind
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "progress.sql")

BETWEEN_UPDATES = timedelta(seconds=60)
SILENCE = timedelta(minutes=3)

_BEHIND = "; "  # the mark of the goals stands behind the news that were told


@dataclass(frozen=True, kw_only=True)
class RunningBuild:
    """A running build as it is now, and what its owner knows of it."""

    user_id: str
    build_id: UUID
    title: str
    phase: str
    phase_started_at: datetime
    request_id: UUID
    files: int  # that this build has written
    language: str | None
    heard_at: datetime  # when its owner was last told anything
    told: str | None  # the news that they were told last, and the goals

    @property
    def news(self) -> str:
        """Differs from what was told when there is something worth a message."""
        return f"{self.phase}: {self.files} files"

    @property
    def is_news(self) -> bool:
        """Whether files were written that the user has not heard of."""
        return self.files > 0 and self.news != self._told_news

    @property
    def has_more(self) -> bool:
        """Whether there are other files than the user has heard of, and not only another phase."""
        return self._told_news.partition(": ")[2] != self.news.partition(": ")[2]

    @property
    def told_goals(self) -> str:
        """The mark of the goals that the user has heard of."""
        return (self.told or "").partition(_BEHIND)[2]

    @property
    def _told_news(self) -> str:
        return (self.told or "").partition(_BEHIND)[0]


@dataclass(frozen=True, kw_only=True)
class Due:
    """Which of a user's builds they are to hear of now; `is_news` where there is something new."""

    builds: Sequence[RunningBuild]
    is_news: bool


async def report_progress(connection: AsyncConnection, *, now: datetime) -> int:
    """Tell everyone what is due, and return how many; call it more often than once a minute."""
    told = 0
    async with connection.transaction():
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["lock_progress"])
            if not await cursor.fetchone():
                return 0
        async with connection.cursor(row_factory=class_row(RunningBuild)) as rows:
            await rows.execute(SQL["list_running"], {"definitions": DEFINITIONS})
            builds = await rows.fetchall()
        for _, of_user in groupby(builds, key=lambda build: build.user_id):
            running = list(of_user)
            with use_locale(running[0].language):
                if await _report(connection, running, now):
                    told += 1
    return told


async def _report(
    connection: AsyncConnection, running: Sequence[RunningBuild], now: datetime
) -> bool:
    """Tell one user what is due, if anything is: of one build also what its app is to do."""
    telling = due(running, now)
    if telling is None:
        return False
    goals = None
    if len(telling.builds) == 1:
        (build,) = telling.builds
        found = await find_goals(connection, build.build_id)
        goals = found if found.mark not in {"", build.told_goals} else None
    body = "\n".join(_said(build, telling, goals, now) for build in telling.builds)
    await _say(connection, running[-1], body, now)
    for build in running:
        mark = goals.mark if goals and build in telling.builds else build.told_goals
        news = {"build_id": build.build_id, "news": f"{build.news}{_BEHIND}{mark}", "now": now}
        await connection.execute(SQL["note_told"], news)
    return True


def due(running: Sequence[RunningBuild], now: datetime) -> Due | None:
    """What is to be said now of one user's builds, None if nothing is."""
    unheard = now - max(build.heard_at for build in running)
    fresh = [build for build in running if build.is_news]
    if fresh and unheard >= BETWEEN_UPDATES:
        return Due(builds=fresh, is_news=True)
    return Due(builds=running, is_news=False) if unheard >= SILENCE else None


def _said(build: RunningBuild, telling: Due, goals: Goals | None, now: datetime) -> str:
    percentage = completion_percentage(build.phase)
    if telling.is_news:
        return progress_texts.progress(
            build.title, build.phase, percentage, has_more=build.has_more, goals=goals
        )
    minutes = int((now - build.phase_started_at) / timedelta(minutes=1))
    return progress_texts.heartbeat(
        build.title, build.phase, percentage, minutes=minutes, goals=goals
    )


async def _say(connection: AsyncConnection, build: RunningBuild, body: str, now: datetime) -> None:
    """Queue it in the name of a build, or in the place of what its owner has not seen yet."""
    unsent = {"user_id": build.user_id, "body": body}
    replaced = await connection.execute(SQL["replace_unsent"], unsent)
    if not replaced.rowcount:
        await enqueue(
            connection,
            user_id=build.user_id,
            request_id=build.request_id,
            kind=MessageKind.PROGRESS,
            body=body,
            dedupe_key=f"{build.build_id}:{MessageKind.PROGRESS}:{now.isoformat()}",
        )
