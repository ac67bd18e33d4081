"""A stage for delivery: Twilio's stand-in, the sender, and a webhook for what became of it."""

import asyncio
import json
import secrets
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from flask import Flask, request
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from werkzeug.serving import make_server

from bot.database.connection import database_url
from bot.database.pools import async_connection_pool, connection_pool
from bot.delivery import outbox, status
from bot.delivery.retry_policy import RetryDelays, SendPolicy
from bot.delivery.sender import deliver_pending
from bot.messages.kinds import MessageKind
from bot.model.client import ModelClient
from bot.requests.identity import encrypt_address
from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.messages import FakeMessage
from bot.sandbox.twilio.server import FakeTwilio
from bot.services import Services
from bot.settings.groups import Settings, settings_from
from bot.twilio import client
from bot.twilio.client import TwilioGateway
from bot.twilio.error_codes import ErrorClass
from tests.settings import changed, environment
from tests.users import add_request_row

Pool = AsyncConnectionPool[AsyncConnection]

# What a sender of a test does not wait for anyway is patient, whatever the machine is busy with.
HASTE = SendPolicy(
    confirmation_timeout=60.0,
    confirmation_poll=0.01,
    claim_timeout=60.0,
    attempt_timeout=120.0,
    backoffs={
        verdict: RetryDelays(first=0.1, longest=0.3, attempts=1 if verdict == "permanent" else 5)
        for verdict in ErrorClass
    },
)
AFTER_A_KILL = replace(HASTE, attempt_timeout=1.0)  # for who is the only sender that lives
DEADLINE = 60.0  # seconds that anything may take
ANSWER = 60.0  # seconds that the stand-in may take


@dataclass(frozen=True, kw_only=True)
class User:
    """Someone who wrote once."""

    address: str
    user_id: str
    request_id: UUID


@dataclass(kw_only=True)
class Stage:
    """Everything between the outbox and the phones."""

    settings: Settings
    stand_in: FakeTwilio
    pool: Pool
    services: Services
    users: list[User] = field(default_factory=list)

    async def user(self, address: str | None = None) -> User:
        """Let a user have written."""
        address = address or f"whatsapp:+1555{secrets.randbelow(10**7):07}"
        user_id = secrets.token_hex(16)
        async with self.pool.connection() as connection:
            await connection.execute(
                "INSERT INTO contact (user_id, platform, address_encrypted)"
                " VALUES (%s, 'whatsapp', %s)",
                [user_id, encrypt_address(self.settings.identity, address)],
            )
            request_id = await add_request_row(connection, user_id, 5)
        user = User(address=address, user_id=user_id, request_id=request_id)
        self.users.append(user)
        return user

    async def say(self, user: User, *texts: str) -> None:
        """Queue messages to a user."""
        async with self.pool.connection() as connection:
            for text in texts:
                await outbox.enqueue(
                    connection,
                    user_id=user.user_id,
                    request_id=user.request_id,
                    kind=MessageKind.REPLY,
                    body=text,
                    dedupe_key=secrets.token_hex(8),
                )

    async def deliver(self, user: User, policy: SendPolicy = HASTE) -> None:
        """Run the sender's jobs, also the later ones, until nothing waits any more."""

        async def is_settled() -> bool:
            await deliver_pending(self.services, user.user_id, policy=policy)
            states = await self.states(user)
            return not set(states) & {"queued", "sending", "uncertain"}

        await wait_until(is_settled)

    async def deliver_all(self, users: list[User], policy: SendPolicy = HASTE) -> None:
        """Run many users' senders at once."""
        await asyncio.gather(*(self.deliver(user, policy) for user in users))

    def pace(self, **limits: float) -> None:
        """Let the senders keep these limits."""
        self.settings = changed(self.settings, **limits)
        self.services = replace(self.services, settings=self.settings)

    async def states(self, user: User) -> list[str]:
        """The states of a user's messages in order."""
        return [str(row["state"]) for row in await self.rows(user)]

    async def rows(self, user: User) -> list[dict[str, Any]]:
        """A user's messages in order."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT to_jsonb(outbox) FROM outbox WHERE user_id = %s ORDER BY id",
                [user.user_id],
            )
            return [row for (row,) in await cursor.fetchall()]

    async def end(self, user: User) -> list[dict[str, object]]:
        """Wait until every message is read or failed, and return them."""

        async def is_finished() -> bool:
            return set(await self.states(user)) <= {"read", "failed"}

        await wait_until(is_finished)
        return await self.rows(user)

    def received(self, user: User) -> list[FakeMessage]:
        """What Twilio has for a user, in order."""
        broker = self.stand_in.broker
        return [m for m in broker.store.conversation(user.address) if m.body]

    def texts(self, user: User) -> list[str]:
        """The texts that Twilio has for a user, in order."""
        return [message.body for message in self.received(user)]

    def fail(self, *faults: TwilioFault) -> None:
        """Let Twilio fail."""
        self.stand_in.broker.faults.add(faults)


async def wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition; fail after the deadline."""
    deadline = time.monotonic() + DEADLINE
    while not await condition():
        assert time.monotonic() < deadline, "it does not come"
        await asyncio.sleep(0.02)


async def reach(stage: Stage, user: User, *states: str) -> None:
    """Deliver until the user's messages are in these states."""

    async def are_reached() -> bool:
        await deliver_pending(stage.services, user.user_id, policy=HASTE)
        return await stage.states(user) == list(states)

    await wait_until(are_reached)


async def writes(stage: Stage, user: User) -> None:
    """Let the user write, so that the window opens."""
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE contact SET last_inbound_at = now() WHERE user_id = %s", [user.user_id]
        )


@asynccontextmanager
async def set_stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    """Set everything up on the test's database, and take it down."""
    with _running(settings) as (settings, stand_in):
        with patch.object(client, "TIMEOUT", ANSWER):
            model, twilio = (
                ModelClient(settings.model),
                TwilioGateway(settings.twilio, settings.web),
            )
        services = Services(settings=settings, pool=pool, model=model, twilio=twilio)
        yield Stage(settings=settings, stand_in=stand_in, pool=pool, services=services)
        twilio.close()
        await model.close()


@contextmanager
def _running(settings: Settings) -> Iterator[tuple[Settings, FakeTwilio]]:
    """Run the webhook and the stand-in; yields the settings that name them."""
    listener = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    stand_in = FakeTwilio(
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_tokens[0].get_secret_value(),
        whatsapp_from=settings.twilio.whatsapp_from,
        webhook_url=f"{base_url}/webhooks/whatsapp",
        step_seconds=0.01,
    )
    settings = changed(settings, PUBLIC_BASE_URL=base_url, TWILIO_BASE_URL=stand_in.url)
    pool = connection_pool(database_url(settings), max_size=4)
    pool.open()
    app = Flask(__name__)

    @app.post("/webhooks/status")
    def receive_status() -> tuple[str, int]:
        with pool.connection() as connection:
            status.apply(connection, request.form)
        return "", 204

    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    with stand_in:
        yield settings, stand_in
    server.shutdown()
    thread.join()
    server.server_close()
    listener.close()
    pool.close()


def as_json(settings: Settings) -> str:
    """Settings for a process of the test's own, secrets and all."""
    return json.dumps(environment(settings))


async def deliver_once(settings: Settings, user_id: str) -> None:
    """Do what a worker does for one delivery job."""
    model, twilio = ModelClient(settings.model), TwilioGateway(settings.twilio, settings.web)
    async with async_connection_pool(database_url(settings), max_size=4) as pool:
        services = Services(settings=settings, pool=pool, model=model, twilio=twilio)
        await deliver_pending(services, user_id)


if __name__ == "__main__":  # a worker that a test may kill: settings as JSON, then the user's id
    given = settings_from(json.loads(sys.argv[1]))
    asyncio.run(deliver_once(given, sys.argv[2]))
