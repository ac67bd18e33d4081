"""A conversation without a worker: each message is taken in and read at once, builds only begin."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from werkzeug.datastructures import MultiDict

from bot.builds.builds import AWAITS_ANSWER
from bot.builds.questions import find_unanswered
from bot.crew.ask_user import ask
from bot.database.connection import database_url
from bot.delivery.outbox import enqueue
from bot.intake.accept import accept
from bot.intake.conversation import read_message
from bot.intake.message_lock import lock_reading
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.model.client import ModelClient
from bot.projects.projects import Project, create_project
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from bot.services import Services
from bot.settings.groups import Settings
from bot.twilio.client import TwilioGateway
from tests.integration.delivery_stage import wait_until
from tests.integration.twilio_forms import message_fields
from tests.settings import changed

Pool = AsyncConnectionPool[AsyncConnection]

# Who waits to decide what follows from a message.
WAITING = """
SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A message that the user got."""

    sid: str
    kind: str
    body: str
    choices: list[dict[str, str]]


@dataclass(kw_only=True)
class DialogueStage:
    """One user who says things; `heard` is all that they were told, in order."""

    services: Services
    claude: FakeClaude
    address: str

    async def say(self, body: str, *, quoting: str = "", **fields: str) -> list[Heard]:
        """Let the message be read; returns what the user is told then."""
        before = {heard.sid for heard in await self.heard()}
        await self.read(await self.send(body, quoting=quoting, **fields))
        return [heard for heard in await self.heard() if heard.sid not in before]

    async def send(self, body: str, *, quoting: str = "", **fields: str) -> str:
        """Let the message come in; returns its id."""
        changes = {"From": self.address, "Body": body, **fields}
        if quoting:
            changes["OriginalRepliedMessageSid"] = quoting
        form: MultiDict[str, str] = MultiDict(
            (name, str(value))
            for name, value in message_fields(self.services.settings, **changes).items()
        )
        with psycopg.connect(database_url(self.services.settings), autocommit=True) as connection:
            accept(connection, self.services.settings.identity, form)
        return form["MessageSid"]

    async def read(self, message_sid: str) -> None:
        """Let a message that came in be read, and what is said then arrive."""
        await read_message(self.services, message_sid, is_last=lambda error: True)
        await self.deliver()

    @asynccontextmanager
    async def pondered(self, body: str) -> AsyncIterator[None]:
        """Let the message be with the model meanwhile, and be acted upon after that."""
        called = len(self.claude.journal.as_json())
        self._slow_model(60)

        async def is_asked() -> bool:
            return len(self.claude.journal.as_json()) > called

        async with asyncio.TaskGroup() as readings:
            readings.create_task(self.read(await self.send(body)))
            await wait_until(is_asked)
            yield
            self._slow_model(0)

    def _slow_model(self, seconds: float) -> None:
        said = Delay(before=seconds).model_dump_json().encode()
        urlopen(Request(f"{self.claude.url}/delay", said, method="POST")).close()

    async def read_at_once(self, *message_sids: str) -> None:
        """Let each message find the same open; they are acted upon in that order."""
        (user,) = await self.rows("SELECT user_id FROM contact")
        async with (
            asyncio.TaskGroup() as readings,
            self.services.pool.connection() as connection,
            connection.transaction(),
        ):
            await lock_reading(connection, user["user_id"])
            for number, message_sid in enumerate(message_sids, 1):
                readings.create_task(self.read(message_sid))

                async def is_read(waiting: int = number) -> bool:
                    return len(await self.rows(WAITING)) == waiting

                await wait_until(is_read)

    async def tap(self, message: Heard, title: str) -> list[Heard]:
        """Tap what the message offers by that title."""
        (payload,) = [one["id"] for one in message.choices if one["title"] == title]
        return await self.say(
            title, quoting=message.sid, MessageType="button", ButtonPayload=payload
        )

    async def deliver(self) -> None:
        """Let all that was said arrive."""
        waiting = await self.rows("SELECT id FROM outbox WHERE state = 'queued' ORDER BY id")
        for row in waiting:
            await self.rows(
                "UPDATE outbox SET state = 'delivered', provider_sid = %s, attempted_at = now()"
                " WHERE id = %s",
                f"SM{secrets.token_hex(16)}",
                row["id"],
            )

    async def heard(self) -> list[Heard]:
        told = await self.rows("SELECT provider_sid, kind, body, choices FROM outbox ORDER BY id")
        return [
            Heard(
                sid=row["provider_sid"],
                kind=row["kind"],
                body=row["body"],
                choices=row["choices"] or [],
            )
            for row in told
        ]

    async def has_app(self, title: str) -> Project:
        """Let the user have an app."""
        ((user_id,),) = [
            tuple(row.values()) for row in await self.rows("SELECT user_id FROM contact")
        ]
        async with self.services.pool.connection() as connection:
            return await create_project(connection, user_id=user_id, title=title)

    async def is_told(self, kind: MessageKind, *, about: str) -> Heard:
        """Let the build of that request say something of a kind, with what can be tapped below."""
        (row,) = await self.rows(
            "SELECT coalesce(retry_request_id, request_id) AS request_id, user_id"
            " FROM build WHERE request_text = %s",
            about,
        )
        async with self.services.pool.connection() as connection:
            await enqueue(
                connection,
                **row,
                kind=kind,
                body=f"About {about}",
                choices=conversation_texts.CHOICES.get(kind, ()),
            )
        await self.deliver()
        return (await self.heard())[-1]

    async def asks_about_budget(self, request_text: str) -> Heard:
        """Let a build be put down until the user has said whether it may go on."""
        await self.rows(
            "UPDATE build SET status = 'stopped', failure = %s, short_of = 'user_day',"
            " ended_at = now()"
            " WHERE request_text = %s",
            AWAITS_ANSWER,
            request_text,
        )
        return await self.is_told(MessageKind.BUDGET, about=request_text)

    async def asks_for_the_crew(self, request_text: str, *options: str, asked: str = "") -> Heard:
        """Let the crew that builds for that request ask, and wait for the answer."""
        (row,) = await self.rows(
            "UPDATE build SET status = 'running' WHERE request_text = %s"
            " RETURNING build_id, request_id",
            request_text,
        )
        await self.rows(
            "INSERT INTO question (build_id, user_id, tool_use_id, position, question, options,"
            " default_answer) SELECT build_id, user_id, %s, 1, %s, %s, %s FROM build"
            " WHERE build_id = %s",
            secrets.token_hex(8),
            asked or f"{' or '.join(options)}?",
            list(options),
            options[0],
            row["build_id"],
        )
        async with self.services.pool.connection() as connection:
            question = await find_unanswered(connection, row["build_id"])
            assert question is not None
            await ask(connection, question, request_id=row["request_id"], seconds=600)
        await self.deliver()
        return (await self.heard())[-1]

    async def finish_builds(self, *, has_version: bool = True) -> None:
        """Let what was begun be there, in a version of its own unless it made none."""
        await self.rows(
            "WITH finished AS (UPDATE build SET status = 'completed', ended_at = now()"
            " WHERE status IN ('queued', 'running') RETURNING project_id, request_id)"
            " INSERT INTO version (project_id, number, request_id, version_token, manifest)"
            " SELECT project_id, (SELECT count(*) FROM version) + row_number() OVER (),"
            " request_id, request_id, '' FROM finished WHERE %s",
            has_version,
        )

    async def pass_time(self, minutes: int) -> None:
        """Let all that was said and asked be so long ago, also what is not read yet."""
        past = timedelta(minutes=minutes)
        await self.rows("UPDATE request SET accepted_at = accepted_at - %s", past)
        await self.rows("UPDATE inbound_message SET received_at = received_at - %s", past)
        await self.rows("UPDATE stop_order SET said_at = said_at - %s", past)
        await self.rows("UPDATE contact SET forget_asked_at = forget_asked_at - %s", past)
        await self.rows("UPDATE outbox SET created_at = created_at - %s", past)
        await self.rows("UPDATE outbox SET attempted_at = attempted_at - %s", past)
        await self.rows("UPDATE doubt SET asked_at = asked_at - %s", past)
        await self.rows("UPDATE build SET ended_at = ended_at - %s", past)

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        async with (
            self.services.pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(query.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def builds(self) -> list[tuple[str, str]]:
        """What was to be built and how that stands, oldest first."""
        rows = await self.rows("SELECT request_text, status FROM build ORDER BY created_at")
        return [(row["request_text"], row["status"]) for row in rows]


@asynccontextmanager
async def dialogue_stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    """A new user, and the model's stand-in."""
    claude = FakeClaude()
    claude.start()
    connected = changed(settings, ANTHROPIC_BASE_URL=claude.url)
    model = ModelClient(connected.model)
    try:
        yield DialogueStage(
            services=Services(
                settings=connected,
                pool=pool,
                model=model,
                twilio=TwilioGateway(connected.twilio, connected.web),
            ),
            claude=claude,
            address=f"whatsapp:+1555{secrets.randbelow(10**7):07}",
        )
    finally:
        await model.close()
        claude.stop()
