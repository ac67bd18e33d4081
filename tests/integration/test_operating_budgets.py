"""A budget that an operator raises, and what goes on for it."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4

import pytest

from bot.builds.builds import AWAITS_ANSWER
from bot.errors import ActRefused, BudgetExhausted
from bot.model.budgets import BudgetLimits, reserved
from bot.operating import requests, users
from bot.settings.groups import Settings
from tests.budgets import settle
from tests.integration.delivery_stage import Pool, Stage, User, set_stage
from tests.integration.dialogue_stage import DialogueStage, dialogue_stage
from tests.integration.operated_builds import KIM, building, count

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def test_a_raised_budget_holds_for_that_user_and_what_waits_for_it_goes_on(
    stage: Stage,
) -> None:
    user, other = await stage.user(), await stage.user()
    limits = BudgetLimits(request=Decimal(9), user_day=Decimal(2), total_day=Decimal(100))
    await spend(stage, user, limits, Decimal(2))
    with pytest.raises(BudgetExhausted):
        await spend(stage, user, limits, Decimal(1))
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE build SET status = 'failed', failure = 'BudgetExhausted',"
            " short_of = 'user_day', ended_at = now(), owner = NULL"
        )
        raised = await users.raise_budget(
            connection, user.user_id, Decimal("1.50"), KIM, stage.settings
        )

    assert (raised.usd, raised.builds) == (Decimal("1.50"), 1)
    assert await count(stage, "build WHERE status = 'queued'") == 1
    await spend(stage, user, limits, Decimal(1))
    with pytest.raises(BudgetExhausted):
        await spend(stage, user, limits, Decimal(1))
    with pytest.raises(BudgetExhausted):
        await spend(stage, other, limits, Decimal(3))


TODO, QUIZ = "Build me a todo app", "Build me a quiz"


async def let_go_on(talk: DialogueStage) -> int:
    """Raise the budget of the user who talks; how many builds go on for it."""
    ((user_id,),) = [tuple(row.values()) for row in await talk.rows("SELECT user_id FROM contact")]
    async with talk.services.pool.connection() as connection:
        raised = await users.raise_budget(
            connection, user_id, Decimal(5), KIM, talk.services.settings
        )
    return raised.builds


@pytest.mark.parametrize(
    ("stop", "failure"),
    [
        ("stop", AWAITS_ANSWER),
        ("stop", BudgetExhausted.__name__),
        ("stop, written first", AWAITS_ANSWER),
        ("unsubscribe", BudgetExhausted.__name__),
    ],
)
async def test_a_raised_budget_lets_nothing_go_on_that_its_user_stopped(
    settings: Settings, pool: Pool, stop: str, failure: str
) -> None:
    async with dialogue_stage(pool, settings) as talk:
        await talk.say(TODO)
        await talk.say(QUIZ)
        early = await talk.send("stop") if "first" in stop else None
        asked = await talk.asks_about_budget(TODO)
        await talk.rows("UPDATE build SET failure = %s WHERE failure IS NOT NULL", failure)
        await (talk.read(early) if early else talk.say(stop))

        assert await let_go_on(talk) == 0
        assert await talk.builds() == [(TODO, "stopped"), (QUIZ, "stopped")]
        if stop == "stop":
            await talk.tap(asked, "Continue")
            assert await talk.builds() == [(TODO, "queued"), (QUIZ, "stopped")]
            await talk.asks_about_budget(TODO)
            assert await let_go_on(talk) == 1, "its user has let it go on since"


async def test_a_cancelled_build_waits_no_more_for_a_yes_to_its_budget(
    settings: Settings, pool: Pool
) -> None:
    async with dialogue_stage(pool, settings) as talk:
        await talk.say(TODO)
        await talk.asks_about_budget(TODO)
        (asked,) = await talk.rows("SELECT request_id FROM build")
        async with talk.services.pool.connection() as connection:
            await requests.cancel(connection, asked["request_id"], KIM)
        await talk.deliver()
        assert "have stopped the work on" in (await talk.heard())[-1].body
        await talk.say("yes")
        assert await talk.builds() == [(TODO, "stopped")]
        assert await let_go_on(talk) == 0

        async with talk.services.pool.connection() as connection:
            with pytest.raises(ActRefused, match="Nothing is done for it any more"):
                await requests.cancel(connection, asked["request_id"], KIM)


@pytest.mark.parametrize("status", ["queued", "running"])
async def test_what_was_asked_for_while_a_build_rested_goes_on_when_that_is_cancelled(
    settings: Settings, pool: Pool, status: str
) -> None:
    async with dialogue_stage(pool, settings) as talk:
        await talk.say(TODO)
        await talk.rows("UPDATE build SET taken_at = now()")
        await talk.asks_about_budget(TODO)
        (resting,) = await talk.rows("SELECT request_id, ended_at FROM build")
        await talk.say("Make it blue")
        await talk.rows("UPDATE build SET status = %s WHERE status = 'queued'", status)
        async with talk.services.pool.connection() as connection:
            await requests.cancel(connection, resting["request_id"], KIM)

        assert await talk.builds() == [(TODO, "stopped"), ("Make it blue", status)]
        (rests,) = await talk.rows("SELECT ended_at FROM build WHERE status = 'stopped'")
        assert rests["ended_at"] == resting["ended_at"], "what is forgotten of it is so since then"


@pytest.mark.parametrize("is_undone", [True, False])
async def test_a_build_that_its_app_has_outgrown_cannot_be_cancelled(
    settings: Settings, pool: Pool, is_undone: bool
) -> None:
    async with dialogue_stage(pool, settings) as talk:
        await talk.say(TODO)
        await talk.finish_builds()
        await talk.rows("UPDATE project SET current_version = 1")
        await talk.say("Make it red")
        await talk.rows("UPDATE build SET based_on = 1, taken_at = now() WHERE status = 'queued'")
        await talk.asks_about_budget("Make it red")
        await talk.say("Make it blue")
        await talk.finish_builds()
        await talk.rows("UPDATE version SET based_on = 1 WHERE number = 2")
        await talk.rows("UPDATE project SET current_version = 2")
        if is_undone:
            await talk.say("undo")
        (red,) = await talk.rows("SELECT request_id FROM build WHERE request_text = 'Make it red'")
        async with talk.services.pool.connection() as connection:
            with pytest.raises(ActRefused, match="Nothing is done for it any more"):
                await requests.cancel(connection, red["request_id"], KIM)

        await talk.say("try again")
        assert dict(await talk.builds())["Make it red"] == "stopped"


@pytest.mark.parametrize("answer", ["no", "blocks us"])
async def test_a_raised_budget_lets_nothing_go_on_that_is_declined_or_cannot_be_told_of(
    settings: Settings, pool: Pool, answer: str
) -> None:
    async with dialogue_stage(pool, settings) as talk:
        await talk.say(TODO)
        await talk.asks_about_budget(TODO)
        if answer == "no":
            await talk.say(answer)
        else:
            await talk.rows("SELECT suppress_contact(user_id, 'blocked') FROM contact")

        assert await let_go_on(talk) == 0
        assert await talk.builds() == [(TODO, "stopped")]


async def test_a_raised_budget_lets_of_an_app_go_on_what_its_user_was_told_would(
    settings: Settings, pool: Pool
) -> None:
    async with dialogue_stage(pool, settings) as talk:
        await talk.say(TODO)
        await talk.rows("UPDATE build SET takes_changes = false")
        await talk.say("Make it green")
        await talk.rows(
            "UPDATE build SET status = 'failed', failure = 'BudgetExhausted',"
            " short_of = 'user_day', ended_at = now()"
        )

        assert await let_go_on(talk) == 1
        assert await talk.builds() == [(TODO, "failed"), ("Make it green", "queued")]


async def test_a_raised_budget_lets_of_an_app_nothing_go_on_whose_last_wish_was_declined(
    settings: Settings, pool: Pool
) -> None:
    async with dialogue_stage(pool, settings) as talk:
        await talk.say(TODO)
        await talk.rows(
            "UPDATE build SET status = 'failed', failure = 'BudgetExhausted',"
            " short_of = 'user_day', ended_at = now()"
        )
        await talk.say("Make it green")
        await talk.asks_about_budget("Make it green")
        await talk.say("no")

        assert await let_go_on(talk) == 0
        assert await talk.builds() == [(TODO, "failed"), ("Make it green", "stopped")]
        await talk.rows("UPDATE build SET short_of = NULL")
        await talk.rows("UPDATE build SET ended_at = now() WHERE request_text = %s", TODO)
        await talk.say("try again")
        await talk.asks_about_budget(TODO)
        assert await let_go_on(talk) == 1, "that is their last wish by now"


async def spend(stage: Stage, user: User, limits: BudgetLimits, amount: Decimal) -> None:
    held = reserved(stage.pool, limits, request_id=uuid4(), user_id=user.user_id, amount=amount)
    async with held as reservation, stage.pool.connection() as connection:
        await settle(connection, reservation, amount)
        reservation.is_booked = True
