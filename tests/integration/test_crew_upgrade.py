"""A release comes while a build is under way: who has begun goes on as they were told."""

import asyncio
import json
from dataclasses import replace
from typing import Any, LiteralString

import pytest

from bot.crew import agent_specs
from bot.crew.agent_specs import DESIGNER, FRONTEND
from bot.crew.tools import ToolContext, ToolInput
from bot.model.answers import DesignSpecification
from bot.model.roles import role_prompt
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from bot.workflows import specification
from bot.workflows.orchestrator import run_build
from tests.integration.crew_stage import Pool, claimed_build
from tests.integration.delivery_stage import wait_until
from tests.integration.test_crew_papers import send
from tests.newer_release import NewerDesign
from tests.papers import menu
from tests.settings import changed

pytestmark = pytest.mark.anyio

OLD, NEW_MODEL = "claude-sonnet-5-5", "claude-opus-5-5"
NEW = "\n\nThis line came with a new release."


def systems(claude: FakeClaude, role: str) -> list[str]:
    """The system prompts of a role's calls, in their order."""
    calls = claude.journal.answered()
    bodies: list[Any] = [json.loads(call.body or b"{}") for call in calls if call.role == role]
    return [body["system"][0]["text"] for body in bodies]


async def stop_the_worker(
    at: ToolContext, claude: FakeClaude, *, role: str = "frontend", after_turns: int = 1
) -> None:
    """Let a worker build until a role has taken so many turns, and end it then."""
    async with at.services.pool.connection() as connection:
        await connection.execute("DELETE FROM workspace_file")
        await connection.execute("UPDATE build SET request_text = 'Build a counter step by step'")
    claude.faults.add([ClaudeFault(fault="hang", role=role, after_turns=after_turns)])

    async def hangs() -> bool:
        assert not working.done(), working.result()
        return any(call["fault"] == "hang" for call in claude.journal.as_json())

    working = asyncio.create_task(run_build(at.services, at.build.build_id))
    await wait_until(hangs)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def rows(pool: Pool, query: LiteralString) -> list[Any]:
    async with pool.connection() as connection:
        return await (await connection.execute(query)).fetchall()


@pytest.mark.lengthy
async def test_who_has_begun_goes_on_under_the_prompt_of_then(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await stop_the_worker(at, claude)
            monkeypatch.setattr(agent_specs, "role_prompt", lambda role: role_prompt(role) + NEW)
            await run_build(at.services, at.build.build_id)
            async with pool.connection() as connection:
                build = await (await connection.execute("SELECT status FROM build")).fetchone()
                kept = await (
                    await connection.execute(
                        "SELECT count(*), count(DISTINCT prompt_hash),"
                        " (SELECT count(*) FROM agent_prompt), min(thinking_tokens) FROM agent"
                    )
                ).fetchone()
                thought = await (
                    await connection.execute(
                        "SELECT sum(thinking_tokens) > 0, bool_and(thinking_tokens <="
                        " output_tokens) FROM model_call"
                    )
                ).fetchone()
        refused = [call["error"] for call in claude.journal.as_json() if call["status"] == 400]
        engineer, later = systems(claude, "frontend"), systems(claude, "code_reviewer")

    assert refused == []
    assert build == ("completed",)
    assert len(engineer) > 1
    assert not any(NEW in system for system in engineer)
    assert later
    assert all(system.endswith(NEW) for system in later)
    assert kept is not None
    assert kept[1] == kept[2]
    assert thought == (True, True)


async def test_who_was_told_and_has_said_nothing_is_told_as_all_are_by_now(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await stop_the_worker(at, claude, after_turns=0)
            monkeypatch.setattr(agent_specs, "role_prompt", lambda role: role_prompt(role) + NEW)
            await run_build(at.services, at.build.build_id)
            build = await rows(pool, "SELECT status FROM build")
        told = systems(claude, "frontend")

    assert build == [("completed",)]
    assert len(told) > 1
    assert all(system.endswith(NEW) for system in told)


async def test_who_has_begun_with_tools_that_take_something_else_by_now_hands_over(
    pool: Pool, settings: Settings
) -> None:
    class Deletion(ToolInput):
        path: str
        reason: str

    tools = FRONTEND.tools
    newer = [replace(one, input=Deletion) if one.name == "delete_file" else one for one in tools]
    with FakeClaude() as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await stop_the_worker(at, claude)
            object.__setattr__(FRONTEND, "tools", tuple(newer))
            try:
                await run_build(at.services, at.build.build_id)
            finally:
                object.__setattr__(FRONTEND, "tools", tools)
            build = await rows(pool, "SELECT status FROM build")
            engineers = await rows(
                pool,
                "SELECT version, termination_reason FROM agent"
                " WHERE agent_type = 'frontend' ORDER BY version",
            )
        refused = [call["error"] for call in claude.journal.as_json() if call["status"] == 400]

    assert refused == []
    assert build == [("completed",)]
    assert engineers == [(1, "context_window_exhausted"), (2, "task_completed")]


async def test_a_design_in_the_form_of_then_is_asked_for_in_the_newer_one(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            claude.faults.add([ClaudeFault(fault="nonsense", role="designer")])
            await stop_the_worker(at, claude, role="designer", after_turns=1)
            monkeypatch.setattr(specification, "DesignSpecification", NewerDesign)
            object.__setattr__(DESIGNER, "answer", NewerDesign)
            try:
                await run_build(at.services, at.build.build_id)
            finally:
                object.__setattr__(DESIGNER, "answer", DesignSpecification)
            build = await rows(pool, "SELECT status FROM build")
        designs = [call for call in claude.journal.as_json() if call["role"] == "designer"]
        asked = [call.body or b"" for call in claude.journal.answered() if call.role == "frontend"]
        brief = json.loads(asked[0])["messages"][0]["content"][0]["text"]

    assert build == [("completed",)]
    assert [call["status"] for call in designs] == [200] * len(designs)
    assert len(designs) == 3, "one that is none, one that hung, one in the newer form"
    assert '"sound": ' in brief


@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_model_that_is_gone_is_followed_by_the_one_that_is_configured(
    pool: Pool, settings: Settings, has_begun: bool
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await stop_the_worker(at, claude, after_turns=int(has_begun))
            gone = ClaudeFault(fault="unknown_model", model=OLD, times=99)
            claude.faults.add([gone])
            newer = replace(at.services, settings=changed(at.services.settings, MODEL=NEW_MODEL))
            await run_build(newer, at.build.build_id)
            build = await rows(pool, "SELECT status FROM build")
            engineers = await rows(
                pool,
                "SELECT version, model, termination_reason FROM agent"
                " WHERE agent_type = 'frontend' ORDER BY version",
            )
    assert build == [("completed",)]
    last = (NEW_MODEL, "task_completed")
    if has_begun:
        assert engineers == [(1, OLD, "context_window_exhausted"), (2, *last)]
    else:
        assert engineers == [(1, *last)]


async def test_a_model_that_is_gone_without_another_ends_the_build_in_words(
    pool: Pool, settings: Settings
) -> None:
    with FakeClaude() as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await stop_the_worker(at, claude)
            claude.faults.add([ClaudeFault(fault="unknown_model", model=OLD, times=99)])
            await run_build(at.services, at.build.build_id)
            build = await rows(pool, "SELECT status FROM build")
            versions = await rows(pool, "SELECT version FROM agent WHERE agent_type = 'frontend'")
    assert build == [("failed",)]
    assert versions == [(1,)]


@pytest.mark.parametrize("role", ["designer", "frontend"])
async def test_who_began_when_papers_were_not_stored_goes_on_seeing_them(
    pool: Pool, settings: Settings, role: str
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await send_papers(at, menu())
            claude.faults.add([ClaudeFault(fault="nonsense", role=role)])
            await stop_the_worker(at, claude, role=role)
            await forget_papers(pool, role)
            await run_build(at.services, at.build.build_id)
            build = await rows(pool, "SELECT status FROM build")
        calls = [call for call in claude.journal.as_json() if call["role"] == role]
        begins = openings(claude, role)

    assert build == [("completed",)]
    assert len(calls) > 2
    assert {call["papers"] for call in calls} == {1}
    assert begins[1:] == begins[:-1], "it reads on where it was"
    assert "Monday to Friday" in str(begins[-1])


async def test_papers_that_are_stored_are_not_put_there_again(
    pool: Pool, settings: Settings
) -> None:
    with FakeClaude(keeps_bodies=True) as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(pool, known) as at:
            await send_papers(at)
            await run_build(at.services, at.build.build_id)
        told = [str(begin).count("Monday to Friday") for begin in openings(claude, "frontend")]

    assert set(told) == {1}


async def send_papers(at: ToolContext, *pdfs: bytes) -> None:
    """What came with the build's request: hours in Word, and PDFs."""
    own = at.build.request_id
    async with at.lease.transaction() as connection:
        await send(connection, at, own, "papers/hours-docx.md", "Monday to Friday")
        for number, pdf in enumerate(pdfs):
            path = f"papers/{number}.pdf"
            await send(connection, at, own, path, "Dishes", pages=1, content=pdf)


async def forget_papers(pool: Pool, role: str) -> None:
    """Leave of a role's opening what an older release stored."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT opening FROM agent WHERE agent_type = %s", [role])
        ((opening,),) = await cursor.fetchall()
        *papers, brief = json.loads(opening)
        assert [block["type"] for block in papers] == ["text", "document", "text"]
        await connection.execute(
            "UPDATE agent SET opening = %s WHERE agent_type = %s", [json.dumps([brief]), role]
        )


def openings(claude: FakeClaude, role: str) -> list[Any]:
    """What a role's calls began with, in their order."""
    calls = [call for call in claude.journal.answered() if call.role == role]
    return [json.loads(call.body or b"{}")["messages"][0]["content"] for call in calls]
