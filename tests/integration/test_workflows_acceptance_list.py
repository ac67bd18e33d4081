"""What an app must do is written down beside the engineer, and either ends or resumes with both."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from psycopg import AsyncConnection

from bot.checks.acceptance import Acceptance, Criterion
from bot.checks.report import CHECKS, Report
from bot.checks.steps import Click, ExpectText
from bot.crew.standing_list import objection_to, standing_list
from bot.errors import OwnershipLost, WaitsForUser
from bot.model.answers import Control
from bot.projects.versions import publish
from bot.sandbox.claude.faults import ClaudeFault
from bot.settings.groups import Settings
from bot.workflows.steps import implement
from tests.integration.crew_stage import USER, Pool
from tests.integration.delivery_stage import wait_until
from tests.integration.workshop_stage import Stage, planned_build
from tests.settings import changed
from tests.users import add_request

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[Stage]:
    async with planned_build(pool, settings) as stage:
        yield stage


async def test_qa_writes_from_what_was_asked_and_designed_and_sees_no_code(stage: Stage) -> None:
    await stage.plans("designer", "qa")

    await implement(stage.context)

    assert stage.called() == ["frontend", "qa"]
    agreed = await stage.agreed()
    assert agreed is not None
    assert "Counting up counts, and is kept." in {one.criterion for one in agreed.criteria}
    brief = json.loads((await stage.agents())["qa"]["opening"])[0]["text"]
    assert "1. [does, open] Build me a counter" in brief
    assert '"controls"' in brief
    assert "Count My counter up" in brief
    assert "<sources>" not in brief
    assert "Title: Counter" in brief
    assert "<title>" not in brief, "the plan says it"
    assert f"<today>\n{datetime.now(UTC):%A, %Y-%m-%d}\n</today>" in brief
    async with stage.context.services.pool.connection() as connection:
        assert await standing_list(connection, stage.context.build.project_id) is not None


async def test_who_writes_and_who_judges_go_by_the_same_new_controls(stage: Stage) -> None:
    undo, total = Control(role="button", name="Undo"), Control(role="checkbox", name="With total")
    await stage.plans("qa", controls=[undo, total])

    await implement(stage.context)

    agents = await stage.agents()
    for role in ("frontend", "qa"):
        brief = "".join(one.get("text", "") for one in json.loads(agents[role]["opening"]))
        assert "New controls: button “Undo”, checkbox “With total”" in brief


@pytest.mark.parametrize(("first", "last"), [("frontend", "qa"), ("qa", "frontend")])
async def test_neither_waits_for_the_other(stage: Stage, first: str, last: str) -> None:
    await stage.plans("designer", "qa")
    stage.slow_model(60, last)
    implementing = asyncio.create_task(implement(stage.context))
    await wait_until(partial(stage.has_ended, first))

    stage.slow_model(0)
    await implementing
    assert await stage.agreed() is not None


async def test_a_list_that_proves_nothing_that_was_asked_is_corrected(stage: Stage) -> None:
    await stage.plans("qa")
    unnumbered = Acceptance(
        language="en",
        keeps_data=False,
        criteria=[
            Criterion(criterion=f"It is {number}.", requirements=numbers, steps=[step])
            for number, numbers in enumerate(([], [7]))
            for step in [ExpectText(action="expect_text", text="Counter")]
        ],
    )
    stage.claude.faults.add([ClaudeFault(fault="nonsense", role="qa")])

    await implement(stage.context)

    assert stage.called() == ["frontend", "qa", "qa"]
    async with stage.context.services.pool.connection() as connection:
        said = await objection_to(connection, stage.context.build, unnumbered)
    assert said is not None
    assert (
        "“It is 0.” names no requirement that holds; “It is 1.” names 7, which is not there" in said
    )


async def test_without_a_list_the_build_goes_on(stage: Stage) -> None:
    stage.claude.faults.add([ClaudeFault(fault="refusal", role="qa")])
    await stage.plans("qa")

    await implement(stage.context)

    assert await stage.agreed() is None
    assert await stage.has_ended("frontend")
    async with stage.context.services.pool.connection() as connection:
        assert await standing_list(connection, stage.context.build.project_id) is None


async def test_a_question_to_the_user_lets_the_list_be_written_to_its_end(
    pool: Pool, settings: Settings
) -> None:
    async with planned_build(pool, settings, "Build me a counter, but ask me first") as stage:
        async with pool.connection() as connection:
            await connection.execute("DELETE FROM workspace_file")
        await stage.plans("designer", "qa")
        stage.slow_model(60, "qa")
        implementing = asyncio.create_task(implement(stage.context))
        await wait_until(partial(stage.has_answered, "frontend"))

        stage.slow_model(0)
        with pytest.raises(WaitsForUser):
            await implementing

        assert await stage.agreed() is not None
        assert stage.called() == ["frontend", "qa"]
        assert (await stage.agents())["frontend"]["state"] == "PAUSED"


async def test_a_stop_ends_both_at_once(stage: Stage) -> None:
    await stage.plans("designer", "qa")
    stage.slow_model(60)
    implementing = asyncio.create_task(implement(stage.context))
    await wait_until(stage.are_both_asked)

    async with stage.context.services.pool.connection() as connection:
        await connection.execute("UPDATE build SET status = 'stopped', owner = NULL")

    with pytest.raises(OwnershipLost):
        await asyncio.wait_for(implementing, 10)


async def test_a_draining_worker_lets_both_finish_the_call_that_they_are_in(stage: Stage) -> None:
    await stage.plans("designer", "qa")
    stage.slow_model(60)
    implementing = asyncio.create_task(implement(stage.context))
    await wait_until(stage.are_both_asked)

    stage.context.services.draining.set()
    stage.slow_model(0)
    with pytest.raises(asyncio.CancelledError):
        await implementing
    assert {one["state"] for one in (await stage.agents()).values()} == {"PAUSED"}

    stage.context.services.draining.clear()
    await implement(stage.context)
    assert stage.called() == ["frontend", "qa"], "nothing was asked for again"
    assert await stage.agreed() is not None


async def test_nobody_writes_down_what_nothing_could_try_or_is_covered(stage: Stage) -> None:
    await stage.plans("qa")
    with_browser = stage.context.services
    stage.context.services = replace(
        with_browser, settings=changed(with_browser.settings, CHECK_APPS=False)
    )
    await implement(stage.context)
    assert stage.called() == ["frontend"]

    stage.context.services = with_browser
    await implement(stage.context)
    assert stage.called() == ["frontend", "qa"]
    await implement(stage.context)
    assert stage.called() == ["frontend", "qa"], "once a build"


@pytest.mark.parametrize(("name", "asked"), [("Tally", True), ("Count My counter up", False)])
async def test_a_new_look_that_renames_what_was_agreed_has_it_agreed_anew(
    stage: Stage, name: str, *, asked: bool
) -> None:
    counts = Criterion(
        criterion="I can count.",
        steps=[
            Click(action="click", role="button", name=name),
            ExpectText(action="expect_text", text="1"),
        ],
    )
    proven = Acceptance(language="en", keeps_data=False, criteria=[counts])
    async with stage.context.services.pool.connection() as connection:
        await connection.execute("UPDATE requirement SET kind = 'looks'")
        await publish_tried(connection, stage.context.build.project_id, proven)
    await stage.plans("designer", "qa")

    await implement(stage.context)

    assert stage.called() == (["frontend", "qa"] if asked else ["frontend"])
    if asked:
        brief = json.loads((await stage.agents())["qa"]["opening"])[0]["text"]
        assert "<gone_names>\n“Tally”, in “I can count.”\n</gone_names>" in brief


async def publish_tried(connection: AsyncConnection, project_id: UUID, proven: Acceptance) -> None:
    """Let an earlier build be online that was found to do this."""
    request_id = await add_request(connection, USER, project_id, "Earlier")
    await publish(
        connection, project_id=project_id, request_id=request_id, sites_base_url="https://x"
    )
    await connection.execute(
        "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
        " SELECT build_id, manifest, 'x', %s, %s"
        " FROM build JOIN version USING (request_id) WHERE request_id = %s",
        [proven.model_dump_json(), Report(ran=frozenset(CHECKS)).model_dump_json(), request_id],
    )
    await connection.execute(
        "UPDATE build SET status = 'completed', ended_at = now() WHERE request_id = %s",
        [request_id],
    )
