"""Acts of operators where something else happens at that very moment."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from bot.builds.builds import AWAITS_ANSWER, create_build
from bot.builds.lease import Lease
from bot.delivery import outbox
from bot.errors import ActRefused, BudgetExhausted, OwnershipLost
from bot.intake.ending_builds import end_builds
from bot.model.budgets import BudgetLimits, reserved
from bot.operating import pausing, requests, resending, users
from bot.operating.audit import Operator
from bot.projects.projects import create_project
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import Settings
from bot.workflows.reaper import end_abandoned_builds
from tests.budgets import settle
from tests.integration.delivery_stage import HASTE, Pool, Stage, User, set_stage, wait_until
from tests.integration.dialogue_stage import DialogueStage, dialogue_stage

pytestmark = pytest.mark.anyio

KIM, LOU = Operator(name="kim", reason="a test"), Operator(name="lou", reason="a test")


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def lost(stage: Stage, code: int = 63024) -> tuple[User, int]:
    """A user, and a message to them that Twilio took in and could not deliver for good."""
    user = await stage.user()
    stage.fail(TwilioFault(when="delivery", code=code, to=user.address))
    await stage.say(user, "Hello")
    await stage.deliver(user)

    async def has_failed() -> bool:
        return await stage.states(user) == ["failed"]

    await wait_until(has_failed)
    (message,) = await stage.rows(user)
    return user, int(str(message["id"]))


async def resend(stage: Stage, message_id: int, by: Operator = KIM) -> str:
    """Why it was not sent again; empty if it was queued."""
    async with stage.pool.connection() as connection:
        try:
            await resending.resend(connection, message_id, by)
        except ActRefused as error:
            return str(error)
    return ""


async def count(stage: Stage, what: str) -> int:
    async with stage.pool.connection() as connection:
        row = await (await connection.execute(f"SELECT count(*) FROM {what}".encode())).fetchone()
    return int(row[0]) if row else 0


async def test_of_two_operators_at_once_one_sends_a_lost_message_again(stage: Stage) -> None:
    user, message_id = await lost(stage)

    said = await asyncio.gather(resend(stage, message_id), resend(stage, message_id, LOU))
    await stage.deliver(user)

    assert sorted(said) == ["", "It is on its way already."]
    (message,) = await stage.end(user)
    assert (message["state"], stage.texts(user)) == ("read", ["Hello", "Hello"])
    assert await resend(stage, message_id) == "It was delivered, and read."
    assert await count(stage, "audit WHERE action = 'resend'") == 1
    assert await count(stage, "former_sid WHERE error_code = 63024") == 1, "why it was sent again"


async def test_a_message_is_not_sent_again_whose_first_attempt_arrives_after_all(
    stage: Stage,
) -> None:
    user, message_id = await lost(stage)
    (first,) = await stage.rows(user)

    assert await resend(stage, message_id) == ""
    async with stage.pool.connection() as connection:
        await connection.execute("SELECT note_late_arrival(%s, 'read')", [first["provider_sid"]])
    await stage.deliver(user)

    assert (await stage.states(user), stage.texts(user)) == (["read"], ["Hello"])


async def test_one_that_nobody_knows_the_fate_of_is_looked_for_first(stage: Stage) -> None:
    user = await stage.user()
    stage.fail(TwilioFault(when="after", drop=True, to=user.address))
    await stage.say(user, "Hello")
    async with stage.pool.connection() as connection:
        message = await outbox.find_next(
            connection, user.user_id, confirmation=1, pair_interval=0, has_template=False
        )
    assert message is not None
    await stage.deliver(user)
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox SET state = 'failed', provider_sid = NULL, attempts = 1"
        )

    assert await resend(stage, message.id) == ""
    await stage.deliver(user)

    assert stage.texts(user) == ["Hello"]


UNHEARD = {
    "opted_out": "Its user wants no messages.",
    "blocked": "No message reaches its user: they have blocked us, as Twilio says.",
    "moved": "No message reaches its user: their number is somebody else's by now.",
}


@pytest.mark.parametrize(("reason", "why"), UNHEARD.items())
async def test_what_reaches_its_user_no_more_is_not_sent_again(
    stage: Stage, reason: str, why: str
) -> None:
    user, message_id = await lost(stage)
    async with stage.pool.connection() as connection:
        await connection.execute("SELECT suppress_contact(%s, %s)", [user.user_id, reason])

    assert await resend(stage, message_id) == why


@pytest.mark.parametrize("reason", ["blocked", "moved"])
async def test_a_goodbye_is_sent_again_to_who_has_blocked_us_and_not_to_another_ones_number(
    stage: Stage, reason: str
) -> None:
    user, message_id = await lost(stage)
    async with stage.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET kind = 'forgotten'")
        await connection.execute("SELECT suppress_contact(%s, %s)", [user.user_id, reason])

    assert await resend(stage, message_id) == (UNHEARD[reason] if reason == "moved" else "")


@pytest.mark.parametrize(("reason", "why"), UNHEARD.items())
async def test_nothing_goes_on_of_whom_no_message_reaches(
    stage: Stage, reason: str, why: str
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await requests.cancel(connection, user.request_id, KIM)
        await connection.execute("SELECT suppress_contact(%s, %s)", [user.user_id, reason])
        with pytest.raises(ActRefused, match=why):
            await requests.retry(connection, user.request_id, KIM, stage.settings.retention)


async def test_beyond_the_24_hours_it_waits_until_its_user_writes(stage: Stage) -> None:
    user, message_id = await lost(stage)
    async with stage.pool.connection() as connection:
        await connection.execute(
            "UPDATE contact SET window_closed_at = now() WHERE user_id = %s", [user.user_id]
        )

    assert await resend(stage, message_id) == ""
    await stage.deliver(user)

    assert (await stage.states(user), stage.texts(user)) == (["waiting_for_window"], ["Hello"])
    assert (await resend(stage, message_id)).startswith("It goes out as soon as its user writes")


async def test_a_pause_stops_also_the_sender_that_had_looked_before(stage: Stage) -> None:
    user = await stage.user()
    await stage.say(user, "Hello")
    async with stage.pool.connection() as connection:
        message = await outbox.find_next(
            connection, user.user_id, confirmation=1, pair_interval=0, has_template=False
        )
        assert message is not None
        await pausing.pause(connection, "sending", KIM)
        assert await outbox.claim(connection, message) is None
    assert stage.texts(user) == []
    async with stage.pool.connection() as connection:
        await pausing.resume(connection, "sending", KIM)
    await stage.deliver(user, HASTE)
    assert stage.texts(user) == ["Hello"]


async def test_what_a_cancelled_build_was_about_to_publish_is_not_published(stage: Stage) -> None:
    user = await stage.user()
    lease = await building(stage, user)
    is_publishing, may_commit = asyncio.Event(), asyncio.Event()

    async def publish() -> None:
        async with lease.transaction() as connection:
            is_publishing.set()
            await may_commit.wait()
            await connection.execute("UPDATE build SET phase = 'deployment'")

    async def cancel() -> None:
        async with stage.pool.connection() as connection:
            await requests.cancel(connection, user.request_id, KIM)

    publishing = asyncio.create_task(publish())
    await is_publishing.wait()
    cancelling = asyncio.create_task(cancel())
    may_commit.set()  # whichever is first, the other sees it
    await asyncio.gather(publishing, cancelling)

    with pytest.raises(OwnershipLost):
        async with lease.transaction():
            pass
    (told,) = await stage.rows(user)
    assert (told["kind"], told["state"]) == ("stopped", "queued")
    assert await count(stage, "build WHERE status = 'stopped'") == 1


async def test_who_has_an_app_online_is_told_that_a_cancelled_change_leaves_it_there(
    stage: Stage,
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await is_online(connection)
        await requests.cancel(connection, user.request_id, KIM)

    (told,) = await stage.rows(user)
    assert "the work on *Counter*. What is online stays as it is." in told["body"]


async def test_what_is_queued_behind_a_cancelled_build_that_waited_for_its_user_goes_on(
    stage: Stage,
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await is_online(connection)
        await connection.execute(
            "UPDATE build SET owner = NULL, waits_until = now() + interval '1 hour'"
        )
        behind = await queued_behind(connection, user)
        await connection.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
    next_one = Lease(stage.pool, behind)
    assert await next_one.acquire() is None, "it waits with the first one"

    async with stage.pool.connection() as connection:
        await requests.cancel(connection, user.request_id, KIM)
        assert await end_abandoned_builds(connection) == 0

    jobs = "procrastinate_jobs WHERE status = 'todo' AND task_name = 'run_build'"
    assert await count(stage, f"{jobs} AND args ->> 'build_id' = '{behind}'") == 1
    assert await count(stage, jobs) == 1
    assert await next_one.acquire() is not None
    (told,) = await stage.rows(user)
    assert "stopped a part of the work on *Counter*" in told["body"]


async def test_with_the_first_version_of_an_app_what_is_queued_behind_it_is_cancelled(
    stage: Stage,
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        ((project_id,),) = await (
            await connection.execute("SELECT project_id FROM project")
        ).fetchall()
        await Workspace(connection, project_id).write("index.html", "half")
        behind = await queued_behind(connection, user)

        await requests.cancel(connection, user.request_id, KIM)

        assert await Lease(stage.pool, behind).acquire() is None
    (told,) = await stage.rows(user)
    assert "*Counter*. Nothing will be published." in told["body"]
    assert await count(stage, "build WHERE status = 'stopped'") == 2
    assert await count(stage, "request WHERE status = 'stopped'") == 2
    assert await count(stage, "version WHERE is_draft") == 1, "what the first one had written"


@pytest.mark.parametrize("ends", ["cancel", "stop"])
async def test_what_is_queued_behind_leaves_its_files_to_the_build_that_runs(
    stage: Stage, ends: str
) -> None:
    user = await stage.user()
    lease = await building(stage, user)
    async with stage.pool.connection() as connection:
        (row,) = await (await connection.execute("SELECT project_id FROM project")).fetchall()
        workspace = Workspace(connection, row[0])
        await is_online(connection)
        behind = await queued_behind(connection, user)
        await workspace.write("index.html", "half")
        await connection.execute("UPDATE build SET phase = phase WHERE attempts > 0")
        cursor = await connection.execute(
            "SELECT request_id FROM build WHERE build_id = %s", [behind]
        )
        ((queued,),) = await cursor.fetchall()

        if ends == "cancel":
            await requests.cancel(connection, queued, KIM)
            assert await workspace.read("index.html") == "half"
            assert not await lease.is_lost()
            assert "What else you asked for goes on." in (await stage.rows(user))[-1]["body"]
        else:
            await end_builds(connection, user_id=user.user_id, request_id=queued)
            assert await workspace.read("index.html") == "shown"

        drafts = await connection.execute("SELECT request_id FROM version WHERE is_draft")
        assert await drafts.fetchall() == ([] if ends == "cancel" else [(user.request_id,)])


async def test_of_two_who_let_a_build_go_on_at_once_one_does(stage: Stage) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await requests.cancel(connection, user.request_id, KIM)

    async def retry(by: Operator) -> str:
        async with stage.pool.connection() as connection:
            try:
                kept = stage.settings.retention
                await requests.retry(connection, user.request_id, by, kept)
            except ActRefused as error:
                return str(error)
        return ""

    said = await asyncio.gather(retry(KIM), retry(LOU))

    assert sorted(said) == ["", "Its app is being built already."]
    assert await count(stage, "build WHERE status = 'queued'") == 1
    assert await count(stage, "request WHERE request_type = 'retry'") == 1
    assert await count(stage, "audit WHERE action = 'retry'") == 1


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


async def building(stage: Stage, user: User) -> Lease:
    """A build for the user's request, in the hands of a run."""
    async with stage.pool.connection() as connection:
        project = await create_project(connection, user_id=user.user_id, title="Counter")
        await connection.execute(
            "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
            " fields_encrypted) VALUES (%s, %s, %s, 'text', 'a counter', '')",
            [f"SM{secrets.token_hex(16)}", user.request_id, user.user_id],
        )
        await create_build(
            connection,
            request_id=user.request_id,
            project_id=project.project_id,
            user_id=user.user_id,
            request_text="a counter",
        )
        await connection.execute("UPDATE request SET status = 'working'")
        row = await (await connection.execute("SELECT build_id FROM build")).fetchone()
    assert row is not None
    lease = Lease(stage.pool, row[0])
    assert await lease.acquire() is not None
    return lease


async def is_online(connection: AsyncConnection) -> None:
    """Let the app have come out before."""
    ((project_id,),) = await (await connection.execute("SELECT project_id FROM project")).fetchall()
    await Workspace(connection, project_id).write("index.html", "shown")
    await publish(
        connection, project_id=project_id, request_id=uuid4(), sites_base_url="http://sites"
    )


async def queued_behind(connection: AsyncConnection, user: User) -> UUID:
    """The build of another request of the user's, for the same app."""
    cursor = await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length)"
        " SELECT gen_random_uuid(), user_id, conversation_id, platform, '1', '1', 1 FROM request"
        " RETURNING request_id, (SELECT project_id FROM project)"
    )
    ((request_id, project_id),) = await cursor.fetchall()
    await create_build(
        connection,
        request_id=request_id,
        project_id=project_id,
        user_id=user.user_id,
        request_text="a shop",
    )
    cursor = await connection.execute(
        "SELECT build_id FROM build WHERE request_id = %s", [request_id]
    )
    ((build_id,),) = await cursor.fetchall()
    assert isinstance(build_id, UUID)
    return build_id


async def spend(stage: Stage, user: User, limits: BudgetLimits, amount: Decimal) -> None:
    held = reserved(stage.pool, limits, request_id=uuid4(), user_id=user.user_id, amount=amount)
    async with held as reservation, stage.pool.connection() as connection:
        await settle(connection, reservation, amount)
        reservation.is_booked = True
