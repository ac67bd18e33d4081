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
class Sight:
    """A running build as it is now, and what its owner knows of it.

    `steps` are the agents' turns in this phase; `files` and `lines` were written by this build.
    """

    user_id: str
    build_id: UUID
    title: str
    phase: str
    phase_started_at: datetime
    request_id: UUID
    steps: int
    files: int
    lines: int
    language: str | None
    heard_at: datetime
    told: str | None

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
        async with connection.cursor(row_factory=class_row(Sight)) as rows:
            await rows.execute(SQL["list_running"], {"definitions": DEFINITIONS})
            sights = await rows.fetchall()
        for user_id, builds in groupby(sights, key=lambda sight: sight.user_id):
            running = list(builds)
            with use_locale(running[0].language):
                body = due(running, now)
            if body is not None:
                await _tell(connection, user_id, running, body, now)
                told += 1
    return told


def due(running: Sequence[Sight], now: datetime) -> str | None:
    """What is to be said now of one user's builds, None if nothing is."""
    unheard = now - max(sight.heard_at for sight in running)
    fresh = [sight for sight in running if sight.is_news]
    if fresh and unheard >= BETWEEN_UPDATES:
        return "\n".join(
            progress_texts.progress(
                sight.title,
                sight.phase,
                completion_percentage(sight.phase),
                sight.files,
                sight.lines,
            )
            for sight in fresh
        )
    if unheard >= SILENCE:
        return "\n".join(
            progress_texts.heartbeat(
                sight.title,
                sight.phase,
                completion_percentage(sight.phase),
                minutes=int((now - sight.phase_started_at) / timedelta(minutes=1)),
                steps=sight.steps,
                files=sight.files,
            )
            for sight in running
        )
    return None


async def _tell(
    connection: AsyncConnection,
    user_id: str,
    running: Sequence[Sight],
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
    for sight in running:
        await connection.execute(
            SQL["note_told"], {"build_id": sight.build_id, "news": sight.news, "now": now}
        )
