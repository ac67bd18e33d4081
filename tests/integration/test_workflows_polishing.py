"""What becomes of an app that works and goes back to its engineer for its looks."""

import json

import pytest
from psycopg import AsyncConnection

from bot.builds.rounds import note_opinion
from bot.checks import checker
from bot.checks.chromium import find_chromium
from bot.crew.views import LABELS
from bot.messages import build_texts
from bot.model.answers import Look, Looks, Verdict
from bot.projects.history import read_shown_or_workspace
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from bot.workflows.review import review
from bot.workflows.steps import implement
from bot.workflows.steps import publish as publish_app
from tests.integration.crew_stage import USER, Pool
from tests.integration.judging_stage import (
    BLANK,
    TOO_SLOW,
    let_check,
    outcomes,
    put_online,
    that_finds,
    told,
)
from tests.integration.workshop_stage import Stage, planned_build
from tests.users import add_request

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SOUND = Look(score=3, reason="It is a bit plain: draw the rows as slips.")
PLAIN = Verdict(
    works=True,
    summary="It works.",
    failures=[],
    looks=Looks(design=SOUND, originality=SOUND, craft=SOUND, function=SOUND),
)


@pytest.mark.parametrize("has_browser", [True, False])
async def test_a_polish_that_could_not_be_tried_leaves_the_app_that_was_proven(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch, *, has_browser: bool
) -> None:
    async with planned_build(pool, settings, "Build me a lopsided counter") as stage:
        async with pool.connection() as connection:
            await Workspace(connection, stage.context.build.project_id).delete("index.html")

        def find_it_before_the_polish() -> str | None:
            if stage.called().count("frontend") > 1:
                let_check(monkeypatch, TOO_SLOW)
                return find_chromium() if has_browser else None
            return find_chromium()

        monkeypatch.setattr(checker, "find_chromium", find_it_before_the_polish)
        let_check(monkeypatch, that_finds(views=(BLANK,)))
        await stage.plans("designer", "qa", "code_reviewer")
        await implement(stage.context)

        await review(stage.context)
        await publish_app(stage.context)

        seen = [(outcome, works) for outcome, works, _ in await outcomes(stage)]
        assert seen == [("passed", True), ("untried", None)]
        (said,) = [body for body in await told(stage) if "/a/" in body]
        assert "is ready" in said
        async with pool.connection() as connection:
            online = await read_shown_or_workspace(connection, stage.context.build.project_id)
        assert b"zoom: 0.15" in online["styles.css"]


@pytest.mark.parametrize(("kind", "rounds"), [("looks", 2), ("does", 1)])
async def test_where_a_better_look_was_asked_for_a_sound_one_is_polished(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch, kind: str, rounds: int
) -> None:
    async with planned_build(pool, settings, "Build me a counter") as stage:
        build = stage.context.build
        await put_online(stage)
        async with pool.connection() as connection:
            await connection.execute("UPDATE requirement SET kind = %s", [kind])
            await Workspace(connection, build.project_id).delete("index.html")
        let_check(monkeypatch, that_finds(views=(BLANK,)))
        await stage.plans("designer", "qa")
        await implement(stage.context)
        async with pool.connection() as connection:
            await note_opinion(connection, build, 1, "verdict", PLAIN.model_dump_json())

        await review(stage.context)

        assert [outcome for outcome, *_ in await outcomes(stage)] == ["passed"] * rounds
        if rounds > 1:
            assert build_texts.POLISHING in await told(stage)


async def test_who_takes_over_in_a_polish_is_told_and_shown_what_to_polish(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with planned_build(pool, settings, "Build me a lopsided counter") as stage:
        async with pool.connection() as connection:
            await Workspace(connection, stage.context.build.project_id).delete("index.html")
            dim = Look(score=3, reason="The foot is dim.")
            await note_earlier(
                connection, stage, Looks(design=dim, originality=dim, craft=dim, function=dim)
            )
        let_check(monkeypatch, that_finds(views=(BLANK,)))
        await stage.plans("designer", "qa")
        await implement(stage.context)
        brief = json.loads((await stage.agents())["frontend"]["opening"])[0]["text"]
        assert "The foot is dim. (seen in version 1)" in brief
        async with pool.connection() as connection:
            await connection.execute(
                "UPDATE agent SET occupancy = working_budget WHERE agent_type = 'frontend'"
            )

        await review(stage.context)

        engineer = (await stage.agents())["frontend"]
        assert engineer["version"] == 2
        (text, label, shown) = json.loads(engineer["opening"])
        assert "<findings>\n- [looks, " in text["text"]
        assert "The foot is dim" not in text["text"], "the looks were judged anew since"
        assert "<sources>\n=== styles.css\n" in text["text"], "what is needed first comes first"
        assert (label["text"], shown["type"]) == (LABELS["desktop"], "image")
        assert [outcome for outcome, *_ in await outcomes(stage)] == ["passed", "passed"]
        async with pool.connection() as connection:
            files = await Workspace(connection, stage.context.build.project_id).read_texts()
        assert "zoom: 0.15" not in files["styles.css"]


async def note_earlier(connection: AsyncConnection, stage: Stage, looks: Looks) -> None:
    """Let an earlier version have looked so, and a later one be online that nobody judged."""
    project_id = stage.context.build.project_id
    said = Verdict(works=True, summary="It works.", failures=[], looks=looks)
    for number in (1, 2):
        await Workspace(connection, project_id).write("index.html", f"<p>{number}</p>")
        request_id = await add_request(connection, USER, project_id, "Earlier")
        await connection.execute(
            "UPDATE build SET status = 'completed', ended_at = now() WHERE request_id = %s",
            [request_id],
        )
        await publish(
            connection, project_id=project_id, request_id=request_id, sites_base_url="https://x"
        )
        if number == 1:
            await connection.execute(
                "INSERT INTO review_round (build_id, number, manifest, verdict)"
                " SELECT build_id, 1, manifest, %s"
                " FROM build JOIN version USING (request_id) WHERE request_id = %s",
                [said.model_dump_json(), request_id],
            )
    await Workspace(connection, project_id).delete("index.html")
