"""Who was forgotten is known by none of their addresses, and comes back as somebody new."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.datastructures import MultiDict

from bot.requests.identity import external_id
from bot.settings.groups import Settings
from tests.integration.identities_world import (
    ADA,
    NEW_NUMBER,
    NUMBER,
    USERNAME,
    World,
    now,
    open_world,
)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with open_world(settings) as world:
        yield world


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
