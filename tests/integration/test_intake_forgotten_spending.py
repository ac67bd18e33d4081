"""What somebody spent today counts when they come back, however often they are forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.settings.groups import Settings
from tests.integration.identities_world import ADA, BEN, NEW_NUMBER, NUMBER, World, now, open_world


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with open_world(settings) as world:
        yield world


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
