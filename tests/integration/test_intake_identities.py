"""One user stays one, whatever they come with; two stay two, whatever number they share."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import DeadlockDetected, ForeignKeyViolation
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from bot.intake.accept import accept
from bot.intake.forget_user import SQL as FORGETTING_SQL
from bot.intake.reconcile import take_in_missing
from bot.requests.identity import address_id, address_key, encrypt_address, external_id
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


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    app = create_app(settings)
    yield World(settings, Client(app))
    app.close()


def test_a_known_number_that_comes_with_an_external_id_is_still_the_same_user(
    world: World,
) -> None:
    first = world.says(NUMBER)
    assert world.says(NUMBER, ADA) == first
    assert world.says(USERNAME, ADA) == first
    assert world.says(NUMBER) == first
    assert world.rows("SELECT user_id FROM contact") == [(first,)]


def test_a_user_first_known_by_an_external_id_is_found_by_the_number_alone(world: World) -> None:
    first = world.says(NUMBER, ADA)
    assert world.says(NUMBER) == first
    assert world.says(USERNAME, ADA) == first
    assert world.says(NUMBER) == first, "a username hides the number, it does not give it up"


def test_a_number_that_comes_with_another_external_id_is_somebody_else(world: World) -> None:
    first = world.says(NUMBER)
    assert world.says(NUMBER, ADA) == first
    second = world.says(NUMBER, BEN)
    assert second != first
    assert world.says(NUMBER) == second
    assert world.says(NEW_NUMBER, ADA) == first
    assert world.says(NUMBER, BEN) == second


def test_who_has_lost_their_number_hears_nothing_over_it_until_they_write_again(
    world: World,
) -> None:
    first = world.says(NUMBER, ADA)
    ((request_id,),) = world.rows("SELECT request_id FROM request WHERE user_id = %s", first)
    state = "SELECT state FROM outbox WHERE user_id = %s ORDER BY id"
    say = "SELECT enqueue_message(%s, %s, 'reply', %s, ARRAY['your app'])"
    world.rows(say, first, request_id, "before")
    world.says(NUMBER, BEN)
    world.rows(say, first, request_id, "after")
    assert world.rows(state, first) == [("suppressed",), ("suppressed",)]
    world.says(NEW_NUMBER, ADA)
    world.rows(say, first, request_id, "again")
    assert world.rows(state, first)[2] == ("queued",)


def test_a_number_of_somebody_who_has_gone_over_to_another_is_a_new_user(world: World) -> None:
    first = world.says(NUMBER)
    world.says(NUMBER, ADA)
    world.says(NEW_NUMBER, ADA)
    stranger = world.says(NUMBER)
    assert stranger != first
    assert world.says(NUMBER, BEN) == stranger
    assert world.says(NEW_NUMBER, ADA) == first


@pytest.mark.parametrize("comes", [(None, ADA), (ADA, ADA), (ADA, None)])
def test_two_messages_at_once_are_one_user(
    world: World, comes: tuple[str | None, str | None]
) -> None:
    with ThreadPoolExecutor(8) as threads:
        writers = set(threads.map(lambda n: world.says(NUMBER, comes[n % 2]), range(16)))
    assert len(writers) == 1
    assert len(world.rows("SELECT 1 FROM contact")) == 1


def test_a_missed_message_belongs_to_who_had_the_number_when_it_was_sent(world: World) -> None:
    first = world.says(NUMBER, ADA)
    between = now()
    second = world.says(NUMBER, BEN)
    world.catches_up((NUMBER, between), (NUMBER, now()))
    assert world.missed() == [first, second]
    # And the number is not given back by it.
    assert world.rows("SELECT suppressed_reason FROM contact WHERE user_id = %s", first) == [
        ("moved",)
    ]
    assert world.says(NUMBER) == second


def test_a_missed_message_is_later_than_what_its_writer_sent_before_it_in_the_same_second(
    world: World,
) -> None:
    world.says(NUMBER, body="try again")
    ((known, at),) = world.rows("SELECT message_sid, received_at FROM inbound_message")
    listed = NUMBER, at.replace(microsecond=0)
    world.catches_up(listed, listed, after=known)

    assert world.rows("SELECT body FROM inbound_message ORDER BY received_at") == [
        ("try again",),
        ("missed",),
    ]


def test_who_was_two_users_before_becomes_one_with_all_that_is_theirs(world: World) -> None:
    earlier, later = world.was_split_before()
    day = f"{now().date()}"
    for user_id in (earlier, later):
        world.rows(
            "INSERT INTO project (user_id, title, site_token) VALUES (%s, 'App', md5(%s))",
            user_id,
            user_id,
        )
        for fact in ("I like dark mode", f"I am {user_id}"):
            world.rows("INSERT INTO remembered (user_id, fact) VALUES (%s, %s)", user_id, fact)
        world.rows("INSERT INTO stop_order (user_id, said_at) VALUES (%s, now())", user_id)
        world.rows(
            "INSERT INTO doubt (user_id, request_id, body, kind)"
            " VALUES (%s, gen_random_uuid(), %s, 'new_build')",
            user_id,
            user_id,
        )
        world.rows(
            "SELECT reserve_budget(ARRAY['user:' || %s || ':' || %s, 'total:' || %s], %s,"
            " ARRAY[9, 99], 2, now() + interval '1 hour')",
            user_id,
            day,
            day,
            user_id,
        )
    world.rows("UPDATE contact SET language = 'de', language_is_requested = true")
    world.rows(
        "UPDATE contact SET suppressed_at = now(), suppressed_reason = 'opted_out'"
        " WHERE user_id = %s",
        earlier,
    )

    assert world.says(NUMBER, ADA) == earlier

    assert world.rows("SELECT user_id, language, suppressed_reason FROM contact") == [
        (earlier, "de", "opted_out")
    ]
    assert world.rows("SELECT user_id, shelf_number, site_token = md5(user_id) FROM project") == [
        (earlier, 1, True),
        (earlier, 2, False),
    ]
    assert len(world.rows("SELECT 1 FROM remembered WHERE user_id = %s", earlier)) == 3
    assert world.rows("SELECT body FROM doubt") == [(later,)]
    assert world.rows("SELECT account, reserved FROM budget_account ORDER BY account") == [
        (f"total:{day}", Decimal(4)),
        (f"user:{earlier}:{day}", Decimal(4)),
    ]
    world.settles(f"user:{later}:{day}", f"user:{earlier}:{day}")
    assert world.rows("SELECT reserved, spent FROM budget_account WHERE user_id = %s", earlier) == [
        (Decimal(0), Decimal(2))
    ]


def test_who_is_joined_keeps_the_order_of_their_apps_and_the_one_that_is_in_doubt(
    world: World,
) -> None:
    earlier, later = world.was_split_before()
    for user_id, title in ((earlier, "Zoo"), (later, "Bakery"), (later, "Choir"), (later, "Dogs")):
        world.rows(
            "INSERT INTO project (user_id, title, site_token) VALUES (%s, %s, md5(%s))",
            user_id,
            title,
            title,
        )
    world.rows("UPDATE project SET created_at = now() WHERE title = 'Bakery'")  # its row moves
    world.rows(
        "INSERT INTO doubt (user_id, request_id, body, kind, project)"
        " VALUES (%s, gen_random_uuid(), 'perhaps a blue title?', 'change', 1)",
        later,
    )

    assert world.says(NUMBER, ADA) == earlier

    titles = world.rows("SELECT title FROM project ORDER BY shelf_number")
    assert titles == [("Zoo",), ("Bakery",), ("Choir",), ("Dogs",)]
    assert world.rows("SELECT user_id, project FROM doubt") == [(earlier, 2)]


def test_a_call_that_ends_while_its_user_becomes_another_is_booked_on_who_stays(
    world: World,
) -> None:
    earlier, later = world.was_split_before()
    theirs, stays = f"user:{later}:{now().date()}", f"user:{earlier}:{now().date()}"
    world.rows(
        "SELECT reserve_budget(ARRAY[%s], %s, ARRAY[9], 2, now() + interval '1 hour')",
        theirs,
        later,
    )
    with ThreadPoolExecutor(1) as threads:
        with world.joining(earlier, later):
            call = threads.submit(world.settles, theirs)
            world.awaits_somebody_who_waits()
        call.result()

    assert world.rows("SELECT account, reserved, spent FROM budget_account") == [
        (stays, Decimal(0), Decimal(1))
    ]


def test_a_message_that_makes_one_of_two_is_taken_in_while_one_of_them_is_told_something(
    world: World,
) -> None:
    earlier, later = world.was_split_before()
    world.rows(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) SELECT gen_random_uuid(), user_id, conversation_id, platform, '1', '1', 5"
        " FROM contact WHERE user_id = %s",
        later,
    )
    with ThreadPoolExecutor(1) as threads:
        with world.telling(later):
            stop = threads.submit(world.says, NUMBER, ADA, "stop")
            world.awaits_somebody_who_waits()
        assert stop.result() == earlier

    assert world.rows("SELECT user_id, body FROM outbox") == [(earlier, "Done.")]


def test_who_was_two_users_before_is_not_joined_with_whoever_has_their_number_now(
    world: World,
) -> None:
    earlier, later = world.was_split_before()
    stranger = world.says(NUMBER, BEN)
    assert stranger not in {earlier, later}
    assert world.says(NEW_NUMBER, ADA) == later


def test_every_table_that_knows_a_user_once_is_joined_with_care(world: World) -> None:
    """Where a user has one row, joining two of them must decide which, as `join_users` does."""
    unique = world.rows(
        "SELECT DISTINCT indrelid::regclass::text FROM pg_index"
        " JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)"
        " JOIN pg_class ON pg_class.oid = indrelid"
        " JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE indisunique AND attname = 'user_id' AND nspname = 'public' ORDER BY 1"
    )
    assert [table for (table,) in unique] == [
        "contact",
        "doubt",
        "project",  # each gets a number of its own
        "remembered",
        "stop_order",
        "user_address",
    ]


def test_all_addresses_of_a_user_are_noted_when_they_are_forgotten(world: World) -> None:
    first = world.says(NUMBER, ADA)
    sent = now() - timedelta(minutes=5)
    world.says(USERNAME, ADA)
    world.says(NEW_NUMBER, ADA)
    with world.forgetting(first):
        pass
    world.catches_up((NUMBER, sent), (USERNAME, sent), (NEW_NUMBER, sent))
    assert world.missed() == []


def test_what_is_caught_up_while_its_user_is_forgotten_stays_forgotten(world: World) -> None:
    user = world.says(NUMBER)
    with ThreadPoolExecutor() as beside:
        with world.forgetting(user):
            catching_up = beside.submit(world.catches_up, (NUMBER, now() - timedelta(minutes=5)))
            world.awaits_somebody_who_waits()
        catching_up.result()
    assert world.missed() == []


def test_who_is_forgotten_while_a_message_is_caught_up_is_so_with_that_message(
    world: World,
) -> None:
    user = world.says(NUMBER)
    with ThreadPoolExecutor() as beside:
        with world.taking_in(NUMBER, now() - timedelta(minutes=5)):
            forgetting = beside.submit(world.forgets, user)
            world.awaits_somebody_who_waits()
        forgetting.result()
    assert world.missed() == []


@pytest.mark.parametrize("external_id", [None, ADA])
def test_who_was_forgotten_comes_back_as_somebody_new(
    world: World, external_id: str | None
) -> None:
    was = world.says(NUMBER, external_id)
    world.forgets(was)
    world.says_goodbye()
    comes = world.says(NUMBER, external_id)

    assert comes != was
    assert world.says(NUMBER, external_id) == comes
    assert world.says(NUMBER) == comes
    assert world.says(NUMBER, ADA) == comes
    assert world.rows("SELECT user_id FROM contact") == [(comes,)]
    assert was not in str(
        world.rows("SELECT known_as.*, user_address.* FROM known_as, user_address")
    )


def test_who_was_forgotten_is_somebody_new_with_another_number_as_well(world: World) -> None:
    was = world.says(NUMBER, ADA)
    world.spends(was, 7)
    world.forgets(was)
    comes = world.says(NEW_NUMBER, ADA)
    assert comes != was
    assert world.spent() == [(comes, 7)]
    world.says_goodbye()
    assert world.says(NEW_NUMBER, ADA) == comes


def test_a_user_from_before_there_were_keys_of_external_ids_is_found_and_forgotten(
    world: World,
) -> None:
    was = world.says(NUMBER, ADA)
    world.rows("UPDATE known_as SET external_id = %s", was)  # the id that ADA makes
    assert world.says(USERNAME, ADA) == was
    world.forgets(was)
    assert was not in str(world.rows("SELECT * FROM forgotten_user"))
    assert world.says(NUMBER, ADA) != was


def test_a_user_from_before_such_keys_who_is_erased_comes_back_as_somebody_new(
    world: World,
) -> None:
    was = world.says(NUMBER, ADA)
    world.rows("UPDATE known_as SET external_id = %s", was)  # nothing else came with ADA since
    world.spends(was, 7)
    world.forgets(was)
    world.says_goodbye()
    comes = world.says(USERNAME, ADA)
    assert comes != was
    assert world.spent() == [(comes, 7)]
    assert world.says(NEW_NUMBER, ADA) == comes


def test_a_number_that_came_with_an_external_id_before_such_keys_is_forgotten_with_it(
    world: World,
) -> None:
    was = world.says(NUMBER)
    assert world.says(NUMBER, ADA) == was
    former = external_id(world.settings.identity, MultiDict({"ExternalUserId": ADA}))
    world.rows("UPDATE known_as SET external_id = %s", former)
    world.spends(was, 7)
    world.forgets(was)
    comes = world.says(USERNAME, ADA)
    assert comes not in {was, former}
    assert world.spent() == [(comes, 7)]


@pytest.mark.parametrize("external_id", [None, ADA])
def test_who_writes_before_the_goodbye_is_out_is_somebody_new_and_keeps_no_sums(
    world: World, external_id: str | None
) -> None:
    was = world.says(NUMBER, external_id)
    world.rows(
        "INSERT INTO calls_of_day VALUES (current_date - 500, %s, NULL, 'm', 1, 1, 1, 0, 0, 1, 0)",
        was,
    )
    world.forgets(was)
    comes = world.says(NUMBER, external_id)
    assert comes != was
    assert world.rows("SELECT suppressed_at FROM contact WHERE user_id = %s", was) == [(None,)]
    world.says_goodbye()

    assert world.says(NUMBER, external_id) == comes
    assert world.rows("SELECT user_id FROM contact") == [(comes,)]
    assert world.rows("SELECT user_id FROM calls_of_day") == []
    assert world.rows("SELECT count(*) FROM request") == [(2,)]


def test_who_writes_while_they_are_forgotten_is_somebody_new(world: World) -> None:
    was = world.says(NUMBER)
    with ThreadPoolExecutor() as beside:
        with world.forgetting(was):
            writing = beside.submit(world.says, NUMBER)
            world.awaits_somebody_who_waits()
        assert writing.result() != was


def test_what_was_spent_today_counts_for_who_comes_back(world: World) -> None:
    was = world.says(NUMBER, ADA)
    world.says(NEW_NUMBER, ADA)
    world.spends(was, 7)
    world.spends(was, 5, day=now().date() - timedelta(days=1))
    world.forgets(was)
    assert world.spent() == [(None, 7)]
    comes = world.says(NUMBER, ADA)
    world.says(NEW_NUMBER, ADA)
    assert world.spent() == [(comes, 7)]

    world.forgets(comes)
    again = world.says(NEW_NUMBER, ADA)
    assert again not in {was, comes}
    assert world.spent() == [(again, 7)]
    assert world.rows("SELECT FROM forgotten_user WHERE spent_in IS NOT NULL") == []


def test_what_was_spent_yesterday_counts_no_more(world: World) -> None:
    was = world.says(NUMBER)
    world.spends(was, 7)
    world.forgets(was)
    yesterday = f"user:nobody:{now().date() - timedelta(days=1)}"
    world.rows("INSERT INTO budget_account (account) VALUES (%s)", yesterday)
    world.rows("UPDATE forgotten_user SET spent_in = %s", yesterday)
    comes = world.says(NUMBER)
    assert (comes, 7) not in world.spent()


def test_what_was_spent_does_not_count_for_who_has_the_number_now(world: World) -> None:
    was = world.says(NUMBER, ADA)
    other = world.says(NUMBER, BEN)
    world.spends(was, 7)
    world.forgets(was)
    world.says(NUMBER, BEN)
    assert world.spent() == [(None, 7)]
    assert world.says(NUMBER) == other


def test_a_call_that_ends_when_its_user_has_come_back_is_booked_on_them(world: World) -> None:
    was = world.says(NUMBER)
    theirs = f"user:{was}:{now().date()}"
    world.rows(
        "SELECT reserve_budget(ARRAY[%s], %s, ARRAY[9], 2, now() + interval '1 hour')", theirs, was
    )
    world.forgets(was)
    comes = world.says(NUMBER)
    world.settles(theirs)
    assert world.rows("SELECT user_id, reserved, spent FROM budget_account") == [
        (comes, Decimal(0), Decimal(1))
    ]


def test_users_who_were_forgotten_today_and_are_joined_have_one_allowance(world: World) -> None:
    for number, usd in ((NUMBER, 3), (NEW_NUMBER, 4)):
        was = world.says(number)
        world.spends(was, usd)
        world.forgets(was)
        world.says_goodbye()
    earlier, later = world.says(NUMBER), world.says(NEW_NUMBER)
    assert sorted(spent for _, spent in world.spent()) == [3, 4]
    with world.joining(earlier, later):
        pass
    assert world.spent() == [(earlier, 7)]
