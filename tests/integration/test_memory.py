"""Memory: facts are kept once and found by their words, and what is compiled fits its budget."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.memory.context import USER_TOKENS, Memory, compile_memory
from bot.memory.facts import MOST, forget_facts, list_facts, remember
from bot.memory.meant_facts import meant_by_words, numbers_in
from bot.projects.projects import create_project, list_projects
from bot.requests.lifecycle import begin_work
from bot.requests.states import RequestType
from handoffs.tokens import estimate_tokens
from tests.users import add_request, add_user, add_words

pytestmark = pytest.mark.anyio

ADA, BEN = "a" * 32, "b" * 32


@pytest.fixture
async def connection(pool: AsyncConnectionPool[AsyncConnection]) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as connection:
        for user_id in (ADA, BEN):
            await add_user(connection, user_id)
        yield connection


async def compiled(
    connection: AsyncConnection, message: str, *, user_id: str = ADA, request_id: UUID | None = None
) -> Memory:
    return await compile_memory(
        connection,
        user_id=user_id,
        request_id=request_id or uuid4(),
        message=message,
        projects=await list_projects(connection, user_id),
    )


async def test_a_fact_is_kept_once_and_the_newest_are_kept(connection: AsyncConnection) -> None:
    await remember(connection, ADA, ["I like  blue", "i like blue", ""])
    assert [fact.fact for fact in await list_facts(connection, ADA)] == ["I like blue"]
    for number in range(MOST):
        await remember(connection, ADA, [f"fact {number}"])
    facts = [fact.fact for fact in await list_facts(connection, ADA)]
    assert len(facts) == MOST
    assert "I like blue" not in facts
    assert await list_facts(connection, BEN) == []


async def test_facts_are_meant_by_most_of_their_words(connection: AsyncConnection) -> None:
    await remember(connection, ADA, ["My name is Rosa"])
    await remember(connection, ADA, ["I always want dark mode"])
    facts = await list_facts(connection, ADA)
    assert meant_by_words(facts, "my name is rosa") == [facts[0]]
    assert meant_by_words(facts, "the dark mode") == [facts[1]]
    assert meant_by_words(facts, "the red title") == []
    assert meant_by_words(facts, "it") == []
    await forget_facts(connection, BEN, facts)
    assert await list_facts(connection, ADA) == facts, "nobody forgets for another"
    await forget_facts(connection, ADA, facts[:1])
    assert await list_facts(connection, ADA) == facts[1:]


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("and", 0),
        ("und alles", 0),
        ("all of that", 0),
        ("1 and 4", 0),
        ("that I have 2 kids", 1),
        ("the bread and cakes", 1),
    ],
)
async def test_words_that_stand_everywhere_mean_no_fact_and_a_number_one_that_has_it(
    connection: AsyncConnection, said: str, count: int
) -> None:
    for fact in ("I bake bread and cakes", "All that I say is kurz und gut", "I have 2 kids"):
        await remember(connection, ADA, [fact])
    assert len(meant_by_words(await list_facts(connection, ADA), said)) == count


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("2", [2]),
        ("1 and 4", [1, 4]),
        ("1, 2 und 4.", [1, 2, 4]),
        ("3 y #1", [1, 3]),
        ("١ و٤", [1, 4]),
        ("2 2", [2]),
        ("1-3", []),
        ("1 to 3", []),
        ("I am 3", []),
        ("and", []),
    ],
)
def test_numbers_are_meant_where_nothing_else_is_said(said: str, numbers: list[int]) -> None:
    assert numbers_in(said) == numbers


async def test_facts_that_share_words_with_the_message_come_first(
    connection: AsyncConnection,
) -> None:
    await remember(connection, ADA, ["My bakery is called Rosa's"])
    for number in range(40):
        await remember(connection, ADA, [f"Fact number {number}"])
    memory = await compiled(connection, "A page for the bakery, please: it's (new) & 'shiny'!")
    assert memory.user[0] == "They said: My bakery is called Rosa's"
    assert (await compiled(connection, "")).user, "without words the newest are told"
    assert (await compiled(connection, "bakery", user_id=BEN)) == Memory()


async def test_the_conversation_is_told_in_order_without_this_message(
    connection: AsyncConnection,
) -> None:
    await add_words(connection, ADA, "first")
    await add_words(connection, ADA, "second\nline")
    this = await add_words(connection, ADA, "third")
    await add_words(connection, BEN, "Ben's own")
    memory = await compiled(connection, "third", request_id=this)
    assert memory.conversation == ("user: first", "user: second line")


async def test_what_was_said_after_a_message_that_is_read_late_is_no_conversation_before_it(
    connection: AsyncConnection,
) -> None:
    say = "SELECT enqueue_message(%s, %s, 'reply', %s, %s)"
    first = await add_words(connection, ADA, "Build me a poll")
    late = await add_words(connection, ADA, "Make it green")
    await connection.execute(say, [ADA, first, str(uuid4()), ["On it"]])
    since = await add_words(connection, ADA, "No, red")
    await connection.execute(say, [ADA, since, str(uuid4()), ["Red it is"]])
    memory = await compiled(connection, "Make it green", request_id=late)
    assert memory.conversation == ("user: Build me a poll", "service: On it")


async def test_who_works_on_a_request_hears_what_was_said_since(
    connection: AsyncConnection,
) -> None:
    asked = await add_words(connection, ADA, "Build me a page for my bakery")
    await add_words(connection, ADA, "by the way, we are closed on Mondays")
    project = await create_project(connection, user_id=ADA, title="Bakery")
    await begin_work(connection, asked, RequestType.BUILD, project.project_id)

    memory = await compiled(connection, "Build me a page for my bakery", request_id=asked)
    assert memory.conversation == ("user: by the way, we are closed on Mondays",)


async def test_no_model_gets_the_key_of_an_owners_link(connection: AsyncConnection) -> None:
    asked = await add_words(connection, ADA, "data")
    link = "http://apps.example.com/0a1b/api/collections/?owner=gAAAAABr-_x9=="
    say = "SELECT enqueue_message(%s, %s, 'reply', %s, %s)"
    await connection.execute(say, [ADA, asked, str(uuid4()), [f"Open it:\n{link}\nand tidy up"]])
    memory = await compiled(connection, "thanks")
    told = "Open it: http://apps.example.com/0a1b/api/collections/?owner=… and tidy up"
    assert memory.conversation == ("user: data", f"service: {told}")


async def test_the_parts_of_a_long_answer_are_told_in_order(connection: AsyncConnection) -> None:
    asked = await add_words(connection, ADA, "tell me all")
    parts = [f"part {number}" for number in range(1, 6)]
    say = "SELECT enqueue_message(%s, %s, 'reply', %s, %s)"
    await connection.execute(say, [ADA, asked, str(uuid4()), parts])
    # What becomes of a message moves its row: the order in the table is not that of the words.
    for part in (4, 2):
        sent = "UPDATE outbox SET state = 'sent' WHERE user_id = %s AND part = %s"
        await connection.execute(sent, [ADA, part])
    memory = await compiled(connection, "and now?")
    assert memory.conversation == ("user: tell me all", *(f"service: {part}" for part in parts))


async def test_projects_are_told_with_their_state_and_old_requests_by_their_words(
    connection: AsyncConnection,
) -> None:
    for number in range(14):
        project = await create_project(connection, user_id=ADA, title=f"App {number}")
        await add_request(connection, ADA, project.project_id, f"a page about topic{number}")
    memory = await compiled(connection, "like the one with topic0")
    assert memory.projects[0].startswith("14. App 13 (not published; last build queued)")
    assert "last asked for: a page about topic13" in memory.projects[0]
    assert "Past project App 0: a page about topic0" in memory.user


async def test_what_is_asked_for_now_is_no_past_project(connection: AsyncConnection) -> None:
    project = await create_project(connection, user_id=ADA, title="Tips")
    words = "a calculator for tips and shares"
    request_id = await add_request(connection, ADA, project.project_id, words)
    memory = await compile_memory(
        connection,
        user_id=ADA,
        request_id=request_id,
        message=words,
        project_id=project.project_id,
    )
    assert memory == Memory()
    other = await create_project(connection, user_id=ADA, title="Other")
    known = await compile_memory(
        connection,
        user_id=ADA,
        request_id=uuid4(),
        message=words,
        project_id=other.project_id,
    )
    assert known.user == (f"Past project Tips: {words}",)


async def test_what_is_compiled_fits_its_budget(connection: AsyncConnection) -> None:
    for number in range(60):
        await remember(connection, ADA, [f"{number} " + "word " * 40])
    memory = await compiled(connection, "word")
    assert 0.5 * USER_TOKENS < estimate_tokens(memory.user) <= USER_TOKENS
