"""A user's request: its row, its place in the trace, and the work on it.

A request opens when a message is accepted, under the ids of a root span that is emitted when it
closes (`bot.requests.closing`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.languages.i18n import use_locale
from bot.requests.states import RequestType, WorkEnd
from telemetry import root
from telemetry.named_sql import statements

SQL = statements("bot.requests", "lifecycle.sql")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One accepted message and all that follows from it; times are timezone-aware.

    `language` is what its user is spoken to in, None until they have shown it.
    """

    request_id: UUID
    user_id: str
    conversation_id: UUID
    platform: str
    trace_id: str
    span_id: str
    request_type: str | None
    request_length: int
    status: str
    project_id: UUID | None
    accepted_at: datetime
    closed_at: datetime | None
    language: str | None = None

    @property
    def root(self) -> root.Root:
        """The trace's root, as minted at acceptance."""
        return root.Root(trace_id=self.trace_id, span_id=self.span_id, started_at=self.accepted_at)


async def load_request(connection: AsyncConnection, request_id: UUID) -> Request | None:
    """Read a request, or None if it was forgotten."""
    async with connection.cursor(row_factory=class_row(Request)) as cursor:
        await cursor.execute(SQL["load_request"], {"request_id": request_id})
        return await cursor.fetchone()


async def show_opened(connection: AsyncConnection, request_id: UUID) -> None:
    """Make a request visible in its trace that no message has opened, once it is committed."""
    request = await load_request(connection, request_id)
    if request is not None:
        root.open_root(
            request.root,
            {
                "user_id": request.user_id,
                "request_id": str(request_id),
                "platform": request.platform,
                "request_length": request.request_length,
            },
        )


@contextmanager
def in_request(request: Request, *, project_id: UUID | None = None) -> Iterator[None]:
    """Trace everything inside below the request's root span, with its ids on every span.

    What is said inside is said in the user's language.
    """
    project = project_id or request.project_id
    with (
        use_locale(request.language),
        root.trace_user_request(
            request.root,
            user_id=request.user_id,
            request_id=str(request.request_id),
            project_id=str(project) if project else None,
            conversation_id=str(request.conversation_id),
        ),
    ):
        yield


async def begin_work(
    connection: AsyncConnection,
    request_id: UUID,
    request_type: RequestType,
    project_id: UUID | None,
) -> None:
    """Note what the message turned out to be."""
    await connection.execute(
        SQL["begin_work"],
        {"request_id": request_id, "request_type": request_type, "project_id": project_id},
    )


async def end_work(
    connection: AsyncConnection,
    request_id: UUID,
    end: WorkEnd,
    *,
    request_type: RequestType | None = None,
) -> None:
    """Note that nothing more will be done or said, and how it ended."""
    await connection.execute(
        SQL["end_work"],
        {"request_id": request_id, "status": end, "request_type": request_type},
    )
