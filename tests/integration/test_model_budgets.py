"""Budgets hold, whatever happens at once, and give back what was not spent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.errors import ReadOnlySqlTransaction
from psycopg_pool import AsyncConnectionPool

from bot.database import outage
from bot.database.outage import outlasting
from bot.database.pools import async_connection_pool
from bot.errors import BudgetExhausted
from bot.model import client as model_client
from bot.model.accounting import MeteredCall
from bot.model.budgets import (
    BudgetLimits,
    Reservation,
    release_of_earlier_runs,
    release_orphaned,
    reserved,
)
from bot.model.calls import ModelCall
from bot.model.client import ModelClient
from bot.model.reckoning import cost_at_most
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.latency import Delay
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from telemetry.spans import trace_token_usage
from tests.budgets import settle
from tests.databases import database_in, refuse_writes, stopped_clock
from tests.settings import changed
from tests.users import add_user

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

RESERVATIONS = 8_000
NOTHING = Decimal(0)
USERS = [f"{number:032x}" for number in range(20)]
NOON = datetime(2026, 2, 28, 12, tzinfo=UTC)
LIMITS = BudgetLimits(request=Decimal(5), user_day=Decimal(20), total_day=Decimal(100))
CALL = ModelCall(
    model="claude-sonnet-5-5",
    system="# Role: devops\n\nYou publish.",
    messages=[{"role": "user", "content": [{"type": "text", "text": "Publish it."}]}],
)

NOTES_REFUSED = """
CREATE SEQUENCE refused;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('refused');
    RAISE read_only_sql_transaction;
END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON budget_reservation FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@pytest.fixture
async def bank(database_url: str, anyio_backend: str) -> AsyncIterator[Pool]:
    url = stopped_clock(database_url, NOON)  # no midnight comes between
    async with async_connection_pool(url, max_size=16) as pool:
        async with pool.connection() as connection:
            for user in USERS:
                await add_user(connection, user)
        yield pool


async def balances(pool: Pool, kind: str) -> list[tuple[Decimal, Decimal]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT reserved, spent FROM budget_account WHERE account LIKE %s", [f"{kind}:%"]
        )
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def add_request(pool: Pool, request: UUID) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '', '', 1)",
            [request, USERS[0]],
        )


async def book(pool: Pool, reservation: Reservation, cost: str) -> None:
    await outlasting(pool, partial(settle, reservation=reservation, spent=Decimal(cost)))
    reservation.is_booked = True


async def spend(
    pool: Pool,
    amount: str,
    cost: str,
    *,
    request: UUID,
    user: str = USERS[0],
    limits: BudgetLimits = LIMITS,
) -> Reservation:
    async with reserved(
        pool, limits, request_id=request, user_id=user, amount=Decimal(amount)
    ) as reservation:
        await book(pool, reservation, cost)
    return reservation


@pytest.mark.slow
async def test_thousands_of_reservations_at_once_never_exceed_a_cap(bank: Pool) -> None:
    requests = [uuid4() for _ in range(200)]
    hands = asyncio.Semaphore(64)  # more than there are connections
    granted = refused = 0

    async def one(number: int) -> None:
        nonlocal granted, refused
        request = requests[number % len(requests)]
        async with hands:
            try:
                await spend(bank, "0.05", "0.05", request=request, user=USERS[number % len(USERS)])
                granted += 1
            except BudgetExhausted:
                refused += 1

    await asyncio.gather(*(one(number) for number in range(RESERVATIONS)))

    assert granted + refused == RESERVATIONS
    assert granted == 2_000  # exactly as many as the total allows
    ((in_hand, spent),) = await balances(bank, "total")
    assert (in_hand, spent) == (NOTHING, LIMITS.total_day)
    for kind, limit in (("request", LIMITS.request), ("user", LIMITS.user_day)):
        accounts = await balances(bank, kind)
        assert all(held == 0 and used <= limit for held, used in accounts)
        assert sum(used for _, used in accounts) == LIMITS.total_day


async def test_what_was_not_spent_can_be_spent_again(bank: Pool) -> None:
    request = uuid4()
    for _ in range(20):
        await spend(bank, "4", "0.25", request=request)
        if (await balances(bank, "request"))[0][1] > 1:
            break
    with pytest.raises(BudgetExhausted) as refused:
        await spend(bank, "4", "0", request=request)
    assert refused.value.scope == "request"
    assert await balances(bank, "request") == [(NOTHING, Decimal("1.25"))]


@pytest.mark.parametrize("scope", ["request", "user_day", "total_day"])
async def test_each_budget_refuses_alone_and_reserves_nothing_then(bank: Pool, scope: str) -> None:
    limits = BudgetLimits(
        **{"request": Decimal(9), "user_day": Decimal(9), "total_day": Decimal(9)}
        | {scope: Decimal(1)}
    )
    with pytest.raises(BudgetExhausted) as refused:
        await spend(bank, "2", "2", request=uuid4(), limits=limits)
    assert refused.value.scope == scope
    for kind in ("request", "user", "total"):
        assert all(account == (NOTHING, NOTHING) for account in await balances(bank, kind))


async def test_a_budget_that_is_nearly_used_up_says_so(bank: Pool) -> None:
    request = uuid4()
    assert not (await spend(bank, "3.9", "3.9", request=request)).is_nearly_used_up
    assert (await spend(bank, "0.1", "0.1", request=request)).is_nearly_used_up


async def test_a_call_that_fails_is_settled_with_what_it_used(bank: Pool) -> None:
    request = uuid4()

    async def fail() -> None:
        async with reserved(
            bank, LIMITS, request_id=request, user_id=USERS[0], amount=Decimal(2)
        ) as reservation:
            await book(bank, reservation, "0.5")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await balances(bank, "request") == [(NOTHING, Decimal("0.5"))]


async def test_days_begin_at_midnight_in_utc_by_the_clock_of_the_database(
    database_url: str, bank: Pool
) -> None:
    await spend(bank, "1", "1", request=uuid4())
    async with bank.connection() as connection:
        cursor = await connection.execute("SELECT account FROM budget_account ORDER BY account")
        _, total, user = [row[0] for row in await cursor.fetchall()]

    assert (total, user) == ("total:2026-02-28", f"user:{USERS[0]}:2026-02-28")


async def test_what_a_dead_worker_had_reserved_is_given_back_and_booked_if_it_lives_after_all(
    bank: Pool,
) -> None:
    request = uuid4()
    holding = reserved(bank, LIMITS, request_id=request, user_id=USERS[0], amount=Decimal(2))
    left = await holding.__aenter__()

    async with bank.connection() as connection:
        await release_of_earlier_runs(connection, uuid4())
        assert await balances(bank, "request") == [(Decimal(2), NOTHING)]
        await release_of_earlier_runs(connection, request)
    assert await balances(bank, "request") == [(NOTHING, NOTHING)]

    await book(bank, left, "0.5")
    await holding.__aexit__(None, None, None)
    for kind in ("request", "user", "total"):
        assert await balances(bank, kind) == [(NOTHING, Decimal("0.5"))]


WORKED_ON = """
    WITH asked AS (
        INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                             request_length)
        VALUES (%(request_id)s, %(user_id)s, gen_random_uuid(), 'whatsapp', '0', '0', 1)
    ), said AS (
        INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,
                                     fields_encrypted)
        VALUES ('SM0', %(request_id)s, %(user_id)s, 'text', 'hello', '')
    )
    INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)
    VALUES ('conversation', 'read_message', 'doing', '{"message_sid": "SM0"}')
"""


@pytest.mark.parametrize("find", ["expired", "orphaned"])
async def test_what_nobody_comes_back_for_is_given_back(bank: Pool, find: str) -> None:
    request = uuid4()
    holding = reserved(bank, LIMITS, request_id=request, user_id=USERS[0], amount=Decimal(2))
    await holding.__aenter__()
    async with bank.connection() as connection:
        if find == "expired":  # although a job works on it
            await connection.execute(WORKED_ON, {"request_id": request, "user_id": USERS[0]})
            assert await release_orphaned(connection) == 0
            await connection.execute(
                "UPDATE budget_reservation SET expires_at = now() - interval '1 s'"
            )
        assert await release_orphaned(connection) == 1

    assert await balances(bank, "total") == [(NOTHING, NOTHING)]


@pytest.mark.lengthy
async def test_a_call_that_ends_while_the_database_is_away_is_booked_when_it_is_back(
    database_url: str, server_url: str, bank: Pool
) -> None:
    name = database_in(database_url)
    admin = await AsyncConnection.connect(server_url, autocommit=True)
    opening: asyncio.Task[None] | None = None

    async def let_in_again() -> None:
        await asyncio.sleep(2)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())

    async with admin:
        async with reserved(
            bank, LIMITS, request_id=uuid4(), user_id=USERS[0], amount=Decimal(2)
        ) as reservation:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            opening = asyncio.create_task(let_in_again())
            await book(bank, reservation, "0.25")
        await opening

    assert await balances(bank, "request") == [(NOTHING, Decimal("0.25"))]


async def test_a_call_that_ends_while_the_database_takes_no_writes_is_booked_when_it_does(
    database_url: str, bank: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "BETWEEN_TRIES", 0.0)
    async with reserved(
        bank, LIMITS, request_id=uuid4(), user_id=USERS[0], amount=Decimal(2)
    ) as reservation:
        refuse_writes(database_url, refuse=True)

        async def book_at_last(connection: AsyncConnection) -> None:
            try:
                await settle(connection, reservation, Decimal("0.25"))
            except ReadOnlySqlTransaction:
                refuse_writes(database_url, refuse=False)
                raise

        await outlasting(bank, book_at_last)
        reservation.is_booked = True

    assert await balances(bank, "request") == [(NOTHING, Decimal("0.25"))]


async def test_each_attempt_of_a_call_needs_room_of_its_own(
    bank: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_client, "FIRST_BACKOFF", 0.01)
    request = uuid4()
    await add_request(bank, request)
    with (
        FakeClaude() as claude,
        trace_token_usage(agent_id="a", agent_type="devops", operation_name="send_message") as span,
    ):
        claude.faults.add([ClaudeFault(fault="overloaded_mid_stream", times=4)])
        model = ModelClient(changed(settings, ANTHROPIC_BASE_URL=claude.url).model)
        metered = MeteredCall(
            bank,
            span,
            replace(LIMITS, request=cost_at_most(CALL)),
            request_id=request,
            user_id=USERS[0],
            agent_id=None,
            agent_type="devops",
            operation="turn",
            model=CALL.model,
        )
        with pytest.raises(BudgetExhausted):
            await metered.ask(model, CALL)
        await model.close()

    async with bank.connection() as connection:
        cursor = await connection.execute("SELECT count(*), sum(cost_usd) FROM model_call")
        ((calls, cost),) = await cursor.fetchall()
    assert calls == 1
    assert await balances(bank, "request") == [(NOTHING, cost)]


async def test_what_a_call_uses_is_told_while_it_goes_on_and_when_it_began(
    bank: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_client, "NOTE_EVERY", 0.0)
    request = uuid4()
    await add_request(bank, request)
    with (
        FakeClaude(delay=Delay(chunk=0.5)) as claude,
        trace_token_usage(agent_id="a", agent_type="devops", operation_name="send_message") as span,
    ):
        model = ModelClient(changed(settings, ANTHROPIC_BASE_URL=claude.url).model)
        metered = MeteredCall(
            bank,
            span,
            LIMITS,
            request_id=request,
            user_id=USERS[0],
            agent_id="a",
            agent_type="devops",
            operation="turn",
            model=CALL.model,
            turn=3,
        )
        asking = asyncio.create_task(metered.ask(model, CALL))
        under_way = "SELECT agent_id, model FROM budget_reservation WHERE output_tokens > 0"
        async with bank.connection() as connection:
            while (told := await (await connection.execute(under_way)).fetchone()) is None:
                assert not asking.done()
                await asyncio.sleep(0.05)
        assert told == ("a", CALL.model)
        await asking
        await model.close()

    async with bank.connection() as connection:
        cursor = await connection.execute("SELECT turn, began_at < called_at FROM model_call")
        assert await cursor.fetchall() == [(3, True)]


async def test_a_call_goes_on_though_what_it_uses_cannot_be_noted(
    bank: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_client, "NOTE_EVERY", 0.0)
    request = uuid4()
    await add_request(bank, request)
    async with bank.connection() as connection:
        await connection.execute(NOTES_REFUSED)
    with (
        FakeClaude() as claude,
        trace_token_usage(agent_id="a", agent_type="devops", operation_name="send_message") as span,
    ):
        model = ModelClient(changed(settings, ANTHROPIC_BASE_URL=claude.url).model)
        metered = MeteredCall(
            bank,
            span,
            LIMITS,
            request_id=request,
            user_id=USERS[0],
            agent_id="a",
            agent_type="devops",
            operation="turn",
            model=CALL.model,
        )
        await metered.ask(model, CALL)
        await model.close()

    async with bank.connection() as connection:
        cursor = await connection.execute("SELECT is_called FROM refused")
        assert await cursor.fetchall() == [(True,)]
        cursor = await connection.execute("SELECT count(*) FROM model_call")
        assert await cursor.fetchall() == [(1,)]
