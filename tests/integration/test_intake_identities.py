"""One user stays one, whatever they come with; two stay two, whatever number they share."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.settings.groups import Settings
from tests.integration.identities_world import (
    ADA,
    BEN,
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
