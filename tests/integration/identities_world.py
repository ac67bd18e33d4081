"""Our webhook, who writes to it from which address, and what is known of them then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.errors import DeadlockDetected, ForeignKeyViolation
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from bot.intake.accept import accept
from bot.intake.forget_user import SQL as FORGETTING_SQL
from bot.intake.reconcile import take_in_missing
from bot.requests.identity import address_id, address_key, encrypt_address
from bot.settings.groups import Settings
from bot.twilio.client import ListedMessage
from bot.wsgi import create_app
from tests.budgets import SETTLE
from tests.integration.twilio_forms import encoded, message_fields, signed

PATH = "/webhooks/whatsapp"
NUMBER, NEW_NUMBER = "whatsapp:+15551234567", "whatsapp:+15557654321"
USERNAME = "whatsapp:US.13491208655302741918"
ADA, BEN = "US.1349", "US.2718"
FORGETTING = FORGETTING_SQL["forget_user"]


class World:
    """Our webhook, and what the database knows after it was called."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self._client = client

    def says(self, address: str, external_id: str | None = None, body: str = "hello") -> str:
        """Let someone write; returns the user id that we know them by."""
        fields = message_fields(
            self.settings, From=address, ExternalUserId=external_id or [], Body=body
        )
        headers = signed(fields, url=self.settings.web.public_base_url + PATH)
        answer = self._client.post(
            PATH,
            base_url=self.settings.web.public_base_url,
            data=encoded(fields),
            headers=headers,
        )
        assert answer.status_code == 204
        ((user_id,),) = self.rows(
            "SELECT user_id FROM inbound_message WHERE message_sid = %s", fields["MessageSid"]
        )
        return str(user_id)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connect() as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def catches_up(self, *messages: tuple[str, datetime], after: str | None = None) -> None:
        """Take in what Twilio lists, if it is told so the first as what came with that id."""
        sids = [f"SM{place:032x}" for place, _ in enumerate(messages)]
        listed = [
            ListedMessage(sid=sid, sender=sender, body="missed", media_count=0, created_at=at)
            for sid, (sender, at) in zip([after or sids[0], *sids[1:]], messages, strict=True)
        ]
        with self._connect() as connection:
            take_in_missing(
                connection, self.settings.twilio, self.settings.identity, listed, before=now()
            )

    @contextmanager
    def taking_in(self, sender: str, sent_at: datetime) -> Iterator[None]:
        """Take in a message that Twilio lists; it is only seen afterwards."""
        fields = {"MessageSid": f"SM{1:032x}", "From": sender, "To": "us", "Body": "missed"}
        with self._connect() as connection, connection.transaction():
            accept(connection, self.settings.identity, MultiDict(fields), sent_at=sent_at)
            yield

    @contextmanager
    def forgetting(self, user_id: str) -> Iterator[None]:
        """Forget a user; it is only seen afterwards."""
        ((request_id,),) = self.rows(
            "SELECT request_id FROM request WHERE user_id = %s ORDER BY accepted_at DESC LIMIT 1",
            user_id,
        )
        with self._connect() as connection, connection.transaction():
            connection.execute(FORGETTING, {"user_id": user_id, "request_id": request_id})
            yield

    @contextmanager
    def joining(self, known: str, unnamed: str) -> Iterator[None]:
        """Make one of two users; it is only seen afterwards."""
        with self._connect() as connection, connection.transaction():
            connection.execute("SELECT join_users(%s, %s)", [known, unnamed])
            yield

    @contextmanager
    def telling(self, user_id: str) -> Iterator[None]:
        """Do something for the user's request, and tell them of it at the end, as a job does."""
        ((request_id,),) = self.rows("SELECT request_id FROM request WHERE user_id = %s", user_id)
        tell = (
            "SELECT enqueue_message(user_id, request_id, 'reply', 'once', ARRAY['Done.'])"
            " FROM request WHERE request_id = %s"
        )
        try:
            with self._connect() as connection, connection.transaction():
                connection.execute(
                    "SELECT FROM request WHERE request_id = %s FOR UPDATE", [request_id]
                )
                yield
                connection.execute(tell, [request_id])
        except DeadlockDetected:  # who waits for too long gives way: mostly the other, not always
            self._tell_again(tell, request_id)

    def _tell_again(self, tell: str, request_id: UUID) -> None:
        """As a job does, also where its user becomes another one this very moment."""
        with suppress(ForeignKeyViolation):
            self.rows(tell, request_id)
            return
        self.rows(tell, request_id)

    def forgets(self, user_id: str) -> None:
        """Forget a user."""
        with self.forgetting(user_id):
            pass

    def says_goodbye(self) -> None:
        """Delete what is left of who was forgotten."""
        self.rows("SELECT finish_forgetting()")

    def spends(self, user_id: str, usd: int, *, day: date | None = None) -> None:
        """Let a user have spent so much on a day, today unless it is named."""
        self.rows(
            "INSERT INTO budget_account (account, user_id, spent) VALUES (%s, %s, %s)",
            f"user:{user_id}:{day or now().date()}",
            user_id,
            usd,
        )

    def spent(self) -> list[tuple[str | None, int]]:
        """What counts for whom."""
        query = "SELECT user_id, spent::int FROM budget_account ORDER BY account"
        return [(user_id, spent) for user_id, spent in self.rows(query)]

    def awaits_somebody_who_waits(self) -> None:
        """Return once a statement waits for what another one holds."""
        while not self.rows(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            time.sleep(0.02)

    def missed(self) -> list[str]:
        return [
            user_id
            for (user_id,) in self.rows(
                "SELECT user_id FROM inbound_message WHERE body = 'missed' ORDER BY message_sid"
            )
        ]

    def was_split_before(self) -> tuple[str, str]:
        """Let a number and its ExternalUserId be two users, as they once were."""
        earlier = address_id(self.settings.identity, NUMBER)
        later = address_id(self.settings.identity, ADA)
        for user_id, age in ((earlier, 9), (later, 5)):
            self.rows(
                "INSERT INTO contact (user_id, platform, address_encrypted, address_key,"
                " first_inbound_at, last_inbound_at) VALUES (%s, 'whatsapp', %s, %s,"
                " now() - %s * interval '1 day', now() - %s * interval '1 day')",
                user_id,
                encrypt_address(self.settings.identity, NUMBER),
                address_key(self.settings.identity, NUMBER),
                age,
                age - 1,
            )
            self.rows(
                "INSERT INTO user_address SELECT address_key, user_id, NULL, first_inbound_at"
                " FROM contact WHERE user_id = %s",
                user_id,
            )
        return earlier, later

    def settles(self, *accounts: str) -> None:
        """Let each call end that is under way; they know their accounts from before."""
        with self._connect() as connection:
            for (reservation_id,) in self.rows("SELECT reservation_id FROM budget_reservation"):
                connection.execute(
                    SETTLE,
                    {"reservation_id": reservation_id, "accounts": list(accounts), "spent": 1},
                )

    def _connect(self) -> psycopg.Connection:
        assert self.settings.database_url is not None
        url = self.settings.database_url.get_secret_value()
        return psycopg.connect(url, autocommit=True)


@contextmanager
def open_world(settings: Settings) -> Iterator[World]:
    """The webhook on the test's database."""
    app = create_app(settings)
    yield World(settings, Client(app))
    app.close()


def now() -> datetime:
    return datetime.now(UTC)
