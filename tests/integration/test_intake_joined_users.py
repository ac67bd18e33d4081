"""Who was two users before becomes one, with all that is theirs and whatever is under way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from bot.settings.groups import Settings
from tests.integration.identities_world import ADA, BEN, NEW_NUMBER, NUMBER, World, now, open_world


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with open_world(settings) as world:
        yield world


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
