"""What judging is tried with: a program in place of the check's process, and what is known then."""

import sys

import pytest
from psycopg.rows import dict_row

from bot.builds.rounds import list_rounds
from bot.checks import checker
from bot.checks.acceptance import Criterion
from bot.checks.report import CHECKS, Finding, Progress, Report, View
from bot.checks.steps import ExpectText
from bot.projects.versions import publish
from tests.integration.workshop_stage import Stage
from tests.pictures import picture

TOO_SLOW = "import time; time.sleep(60)"


def that_finds(*findings: Finding, views: tuple[View, ...] = ()) -> str:
    """A check that finds these, and runs until it is ended."""
    report = Report(ran=frozenset(CHECKS), findings=findings, views=views)
    last = Progress(report=report, is_last=True).model_dump_json()
    return f"import time; print({last!r}, flush=True); time.sleep(60)"


SOUND = that_finds()
GREETS = Criterion(
    criterion="It greets.",
    requirements=[2],
    steps=[ExpectText(action="expect_text", text="Good morning")],
)
BLANK = View(screen="desktop", picture=picture("JPEG"))
UNGREETED = Finding(check="acceptance", message="not there", subject=GREETS.criterion)


def let_check(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let that be the program of each check."""
    monkeypatch.setattr(checker, "confined", lambda *_, **__: [sys.executable, "-c", program])
    monkeypatch.setattr(checker, "START_LIMIT", 0.2 if program is TOO_SLOW else 30)


async def outcomes(stage: Stage) -> list[tuple[str | None, bool | None, str | None]]:
    async with stage.context.services.pool.connection() as connection:
        rounds = await list_rounds(connection, stage.context.build.build_id)
    return [(one.outcome, one.works, one.evidence) for one in rounds]


async def told(stage: Stage) -> list[str]:
    async with (
        stage.context.services.pool.connection() as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        await cursor.execute("SELECT body FROM outbox")
        return [row["body"] for row in await cursor.fetchall()]


async def put_online(stage: Stage) -> None:
    """Let the app have a version that an earlier request has made."""
    async with stage.context.services.pool.connection() as connection:
        version = await publish(
            connection,
            project_id=stage.context.build.project_id,
            request_id=stage.context.build.request_id,
            sites_base_url="https://apps.example",
        )
        await connection.execute(
            "UPDATE version SET request_id = gen_random_uuid() WHERE number = %s",
            [version.number],
        )
