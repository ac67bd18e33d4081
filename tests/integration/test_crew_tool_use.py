"""One answer of a model that uses tools of every kind: each runs when it says, and once."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from anthropic.types import ToolResultBlockParam, ToolUseBlockParam

from bot.crew.agent_specs import FRONTEND, QA, AgentSpec
from bot.crew.assignment import Assignment
from bot.crew.hand_in_tool import NOTHING_WRITTEN
from bot.crew.mcp_tools import as_tool, offer_tools
from bot.crew.tool_use import ALONE, NOT_HANDED_IN, ToolUses
from bot.crew.tools import ToolContext
from bot.errors import WaitsForUser
from bot.mcp.servers import McpTool
from bot.settings.groups import Settings
from handoffs import lifecycle
from handoffs.lifecycle import Agent
from handoffs.tokens import WorkingBudget
from tests.integration.crew_stage import Pool, claimed_build

pytestmark = pytest.mark.anyio

BUDGET = WorkingBudget(
    window=200_000, working_budget=100_000, max_output=8_000, warning=70.0, critical=85.0
)
DEPLOY = McpTool(
    name="mcp__hosting__deploy",
    server="hosting",
    tool="deploy",
    description="Deploy the app.",
    schema={"type": "object"},
    is_repeatable=False,
)
QUESTION = {"question": "Which colour?", "options": ["Red", "Blue"], "default": "Red"}


def use(number: int, name: str, **given: Any) -> ToolUseBlockParam:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given}


def result(number: int, content: str) -> ToolResultBlockParam:
    """What the model is sent of a use, key by key."""
    return {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": content}


def failed(number: int, content: str) -> ToolResultBlockParam:
    """The same of a use that failed."""
    return {**result(number, content), "is_error": True}


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


def assigned(at: ToolContext, spec: AgentSpec) -> Assignment:
    async def finish(_: object, __: str) -> None:
        raise AssertionError("it does not come to an end here")

    return Assignment(
        services=at.services,
        lease=at.lease,
        build=at.build,
        spec=spec,
        opening=None,
        finish=finish,
    )


async def spawned(at: ToolContext, spec: AgentSpec) -> Agent:
    async with at.lease.transaction() as connection:
        return await lifecycle.spawn_agent(
            connection,
            request_id=at.build.request_id,
            user_id=at.build.user_id,
            project_id=at.build.project_id,
            agent_type=spec.agent_type,
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
        )


async def run(
    at: ToolContext, spec: AgentSpec, agent: Agent, *uses: ToolUseBlockParam
) -> list[ToolResultBlockParam]:
    tools = (*spec.tools, as_tool(DEPLOY))
    running = ToolUses(assigned(at, spec), agent, tools, uses)
    await running.run_before_transaction()
    async with at.lease.transaction() as connection:
        return await running.run_in_transaction(connection)


async def test_results_come_in_the_answers_order_whenever_their_tools_run(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)

    results = await run(
        at,
        FRONTEND,
        agent,
        use(1, "write_file", path="a.txt", content="one\n"),
        use(2, DEPLOY.name),
        use(3, "read_file", path="none.txt"),
        use(4, "check_page"),
        use(5, "fly"),
        use(6, "delete_file", file="a.txt"),
        use(7, "read_file", path="a.txt"),
    )

    assert [block["tool_use_id"] for block in results] == [f"toolu_{n}" for n in range(1, 8)]
    written, deployed, missing, checked, unknown, unfit, read = results
    assert written == result(1, "Wrote a.txt: 1 lines, 4 bytes.")
    assert read == result(7, "one\n")
    assert deployed == failed(2, "Nothing was called: hosting is not configured any more")
    assert checked == failed(4, ALONE)
    assert unknown == failed(
        5,
        "There is no tool fly; there are ask_user, bring_back, check_page, delete_file, hand_in,"
        " list_files, mcp__hosting__deploy, note_decision, read_file, replace_in_file, write_file.",
    )
    assert missing["is_error"]
    assert str(unfit["content"]).startswith("delete_file has done nothing: its input does not fit")
    assert "path: Field required" in str(unfit["content"])
    assert "Answer again" not in str(unfit["content"]), "it is no answer"
    assert list(unfit) == ["type", "tool_use_id", "content", "is_error"]


async def test_a_file_is_read_in_pieces(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)
    content = "".join(f"{number}: {'x' * 100}\n" for number in range(1, 1_001))
    await run(at, FRONTEND, agent, use(1, "write_file", path="long.txt", content=content))

    whole, piece, wrong = await run(
        at,
        FRONTEND,
        agent,
        use(2, "read_file", path="long.txt", first_line=None, last_line=None),
        use(3, "read_file", path="long.txt", first_line=999, last_line=None),
        use(4, "read_file", path="long.txt", first_line=2_000, last_line=2_010),
    )

    *_, told = str(whole["content"]).split("\n")
    assert told.startswith("[lines 1 to ")
    assert " of 1000, the rest is cut: read on with first_line " in told
    assert str(piece["content"]).split("\n")[1:] == [
        f"1000: {'x' * 100}",
        "[lines 999 to 1000 of 1000]",
    ]
    assert wrong == failed(4, "'long.txt' has lines 1 to 1000; there are no lines 2000 to 2010.")


async def test_a_call_that_was_cut_off_is_not_made_again(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)
    async with at.lease.transaction() as connection:
        await connection.execute(
            "INSERT INTO outside_call (agent_id, tool_use_id, server, tool)"
            " VALUES (%s, 'toolu_1', 'hosting', 'deploy')",
            [agent.agent_id],
        )

    (told,) = await run(at, FRONTEND, agent, use(1, DEPLOY.name))

    assert told["is_error"]
    assert str(told["content"]).startswith("This call was cut off while it ran")


async def test_a_tool_that_runs_alone_runs_when_nothing_else_does(at: ToolContext) -> None:
    agent = await spawned(at, QA)
    steps = [{"action": "expect_text", "text": "Hello"}]
    criterion = {"criterion": "It greets.", "requirements": [1], "steps": steps}
    wanted = {"language": "en", "keeps_data": False, "criteria": [criterion]}

    (tried,) = await run(at, QA, agent, use(1, "try_page", **wanted))

    assert tried == result(1, "There is no browser here, so nothing can be tried. Go on without.")


async def test_nothing_runs_before_a_question_is_answered(at: ToolContext) -> None:
    agent = await spawned(at, FRONTEND)
    uses = (
        use(1, "write_file", path="a.txt", content="one\n"),
        use(2, DEPLOY.name),
        use(3, "ask_user", questions=[QUESTION]),
    )

    with pytest.raises(WaitsForUser):
        await run(at, FRONTEND, agent, *uses)

    async with at.services.pool.connection() as connection:
        calls = await (await connection.execute("SELECT FROM outside_call")).fetchall()
        files = await (await connection.execute("SELECT path FROM workspace_file")).fetchall()
        asked = await (await connection.execute("SELECT question FROM question")).fetchall()
    assert (calls, files, asked) == ([], [("index.html",)], [(QUESTION["question"],)])


async def handing_in(at: ToolContext, *uses: ToolUseBlockParam) -> tuple[str, str]:
    """What was said with an answer that hands in, "" if it did not, and the last result."""
    agent = await spawned(at, FRONTEND)
    tool_uses = ToolUses(assigned(at, FRONTEND), agent, FRONTEND.tools, uses)
    await tool_uses.run_before_transaction()
    async with at.lease.transaction() as connection:
        results = await tool_uses.run_in_transaction(connection)
    return tool_uses.handed_in or "", str(results[-1].get("content"))


async def test_what_is_written_in_the_same_answer_is_handed_in_with_it(at: ToolContext) -> None:
    words, told = await handing_in(
        at,
        use(1, "hand_in", words="Here it is."),
        use(2, "write_file", path="index.html", content="<h1>Hello</h1>"),
    )
    assert words == "Here it is."
    assert told.startswith("Wrote index.html")


@pytest.mark.parametrize(
    ("beside", "why"),
    [
        (use(1, "delete_file", path="index.html"), NOTHING_WRITTEN),
        (use(1, "write_file", path="../index.html", content="x"), NOT_HANDED_IN),
        (use(1, "read_file", path="missing.html"), NOT_HANDED_IN),
        (use(1, "check_page"), NOT_HANDED_IN),
    ],
)
async def test_nothing_is_handed_in_that_is_not_there(
    at: ToolContext, beside: ToolUseBlockParam, why: str
) -> None:
    said = await handing_in(at, beside, use(2, "hand_in", words="Done."))
    assert said == ("", why)


async def test_who_is_stopped_as_they_are_taken_up_leaves_the_tools_and_calls_of_before(
    at: ToolContext,
) -> None:
    assignment = assigned(at, FRONTEND)
    agent = await spawned(at, FRONTEND)
    kept = json.dumps([DEPLOY.as_json()])
    async with at.lease.transaction() as connection:
        await connection.execute(
            "INSERT INTO agent_offer (agent_id, tools) VALUES (%s, %s)", [agent.agent_id, kept]
        )
        await connection.execute(
            "INSERT INTO outside_call (agent_id, tool_use_id, server, tool)"
            " VALUES (%s, 'toolu_1', 'hosting', 'deploy')",
            [agent.agent_id],
        )
        for _ in range(2):  # the first of them is stopped before it was offered anything
            reason = lifecycle.TerminationReason.MANUAL_TERMINATION
            agent = await lifecycle.terminate_agent(connection, agent, reason)
            agent = await lifecycle.revive_agent(connection, agent)

    assert await offer_tools(assignment, agent, has_begun=True) == (DEPLOY,)
    async with at.services.pool.connection() as connection:
        calls = await connection.execute(
            "SELECT tool_use_id FROM outside_call WHERE agent_id = %s", [agent.agent_id]
        )
        assert await calls.fetchall() == [("toolu_1",)], "it is not made again silently"
