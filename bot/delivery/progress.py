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


@dataclass(frozen=True, kw_only=True)
class RunningBuild:
    """A running build as it is now, and what its owner knows of it."""

    user_id: str
    build_id: UUID
    title: str
    phase: str
    phase_started_at: datetime
    request_id: UUID
    steps: int  # the agents' turns in this phase
    files: int  # that this build has written
    lines: int  # of these
    language: str | None
    heard_at: datetime  # when its owner was last told anything
    told: str | None  # the news that they were told last

    @property
    def news(self) -> str:
        """Differs from `told` when there is something worth a message."""
        return f"{self.phase}: {self.files} files"

    @property
    def is_news(self) -> bool:
        """Whether files were written that the user has not heard of."""
        return self.files > 0 and self.news != self.told


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
        for user_id, of_user in groupby(builds, key=lambda build: build.user_id):
            running = list(of_user)
            with use_locale(running[0].language):
                body = due(running, now)
            if body is not None:
                await _tell(connection, user_id, running, body, now)
                told += 1
    return told


def due(running: Sequence[RunningBuild], now: datetime) -> str | None:
    """What is to be said now of one user's builds, None if nothing is."""
    unheard = now - max(build.heard_at for build in running)
    fresh = [build for build in running if build.is_news]
    if fresh and unheard >= BETWEEN_UPDATES:
        return "\n".join(
            progress_texts.progress(
                build.title,
                build.phase,
                completion_percentage(build.phase),
                build.files,
                build.lines,
            )
            for build in fresh
        )
    if unheard >= SILENCE:
        return "\n".join(
            progress_texts.heartbeat(
                build.title,
                build.phase,
                completion_percentage(build.phase),
                minutes=int((now - build.phase_started_at) / timedelta(minutes=1)),
                steps=build.steps,
                files=build.files,
            )
            for build in running
        )
    return None


async def _tell(
    connection: AsyncConnection,
    user_id: str,
    running: Sequence[RunningBuild],
    body: str,
    now: datetime,
) -> None:
    replaced = await connection.execute(SQL["replace_unsent"], {"user_id": user_id, "body": body})
    if not replaced.rowcount:
        latest = running[-1]
        await enqueue(
            connection,
            user_id=user_id,
            request_id=latest.request_id,
            kind=MessageKind.PROGRESS,
            body=body,
            dedupe_key=f"{latest.build_id}:{MessageKind.PROGRESS}:{now.isoformat()}",
        )
    for build in running:
        await connection.execute(
            SQL["note_told"], {"build_id": build.build_id, "news": build.news, "now": now}
        )
