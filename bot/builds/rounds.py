"""Rounds of review: the files as they were handed in, what was found, and the best of them.

A round begins in the transaction in which the engineer hands in, and is judged once. Every function
takes the connection of a transaction that holds the build.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from bot.builds.builds import Build
from bot.projects.workspace import Workspace, manifest_of
from bot.sites.file_types import TEXT_TYPES
from handoffs.document import storable
from telemetry.named_sql import statements

SQL = statements("bot.builds", "rounds.sql")

ROUND_LIMIT = 3
NO_OPINION = "null"  # in place of an opinion from whom none could be had

Outcome = Literal["passed", "untried", "faulty"]


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What follows from a round.

    `works` is what the browser says, None where there was none; `blocking` counts the findings that
    keep the app from being ready. `faults` are for the user, `evidence` is for the engineer.
    `looks` are QA's scores by criterion, `wants_polish` if a sound app goes back for them.
    """

    outcome: Outcome
    works: bool | None
    blocking: int
    score: int | None
    faults: list[str]
    evidence: str
    looks: dict[str, int] | None = None
    wants_polish: bool = False


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round as it is now; verdict and review are JSON, None until they are there.

    Whoever judges it was spawned after it `began_at`. `has_page` tells whether there was anything
    to open; one that `is_outdated` lacks what the user has asked for since.
    """

    number: int
    began_at: datetime
    manifest: bytes
    has_page: bool
    verdict: str | None
    review: str | None
    outcome: Outcome | None
    works: bool | None
    blocking: int | None
    score: int | None
    faults: list[str] | None
    evidence: str | None
    looks: dict[str, int] | None = None
    wants_polish: bool = False
    is_outdated: bool = False

    @property
    def is_proven(self) -> bool:
        """Whether it was seen to do all that is asked for by now."""
        return self.outcome == "passed" and not self.is_outdated

    @property
    def is_sound(self) -> bool:
        """Whether nothing that was found keeps the app from being published as it is."""
        return self.outcome in {"passed", "untried"}

    @property
    def fault_rank(self) -> tuple[bool, bool, int]:
        """Smaller is better: what does not work in a browser comes last, and behind it nothing."""
        return not self.has_page, self.works is False, self.blocking or 0


def best_of(rounds: Sequence[Round]) -> Round:
    """The round with the fewest faults, the latest one of several.

    What was seen to do all that is asked for is better than what nobody could try, even if nothing
    speaks against that.
    """

    def rank(one: Round) -> tuple[int, ...]:
        return not one.has_page, not one.is_sound, not one.is_proven, *one.fault_rank

    return min(reversed(rounds), key=rank)


def is_over(rounds: Sequence[Round]) -> bool:
    """Whether no further round is worth it.

    It is sound and needs no polish, the limit is reached, nothing moves, or nothing was found that
    could be fixed.
    """
    *earlier, last = rounds
    if last.wants_polish and len(rounds) < ROUND_LIMIT:
        return False
    if last.is_sound or not last.blocking or len(rounds) >= ROUND_LIMIT:
        return True
    return bool(earlier) and last.fault_rank >= min(one.fault_rank for one in earlier)


async def open_round(connection: AsyncConnection, build: Build) -> int:
    """Begin the next round with the files as they are; returns its number."""
    files = await Workspace(connection, build.project_id).list_files()
    cursor = await connection.execute(
        SQL["open_round"],
        {
            "build_id": build.build_id,
            "project_id": build.project_id,
            "manifest": manifest_of(files),
        },
    )
    ((number,),) = await cursor.fetchall()
    return int(number)


async def list_rounds(connection: AsyncConnection, build_id: UUID) -> list[Round]:
    """All rounds of a build in their order."""
    async with connection.cursor(row_factory=class_row(Round)) as cursor:
        await cursor.execute(SQL["list_rounds"], {"build_id": build_id})
        return await cursor.fetchall()


async def note_opinion(
    connection: AsyncConnection,
    build: Build,
    number: int,
    kind: Literal["verdict", "review"],
    opinion: str | None,
) -> None:
    """Keep what QA or the code reviewer says, as JSON; `NO_OPINION` where they say nothing."""
    await connection.execute(
        SQL[f"note_{kind}"],
        {"build_id": build.build_id, "number": number, "opinion": opinion},
    )


async def judge_round(
    connection: AsyncConnection, build: Build, number: int, assessment: Assessment
) -> None:
    """Keep what follows from a round."""
    await connection.execute(
        SQL["judge_round"],
        {
            "build_id": build.build_id,
            "number": number,
            "outcome": assessment.outcome,
            "works": assessment.works,
            "blocking": assessment.blocking,
            "score": assessment.score,
            "faults": [storable(fault) for fault in assessment.faults],
            "evidence": storable(assessment.evidence),
            "looks": None if assessment.looks is None else Jsonb(assessment.looks),
            "wants_polish": assessment.wants_polish,
        },
    )


async def texts_of_round(
    connection: AsyncConnection, build_id: UUID, number: int
) -> dict[str, str]:
    """The texts by path as they were handed in for that round."""
    key = {"build_id": build_id, "number": number, "types": list(TEXT_TYPES)}
    cursor = await connection.execute(SQL["contents_of_round"], key)
    files: list[tuple[str, bytes]] = await cursor.fetchall()
    return {path: data.decode("utf-8") for path, data in files}


async def restore_files(connection: AsyncConnection, build: Build, number: int) -> None:
    """Let the project have the files of that round again."""
    key = {"build_id": build.build_id, "project_id": build.project_id, "number": number}
    await connection.execute(SQL["drop_other_files"], key)
    await connection.execute(SQL["restore_files"], key)


async def drop_round(connection: AsyncConnection, build: Build, number: int) -> None:
    """Take back a round that nobody is to judge, and its copies of the files."""
    key = {"build_id": build.build_id, "number": number}
    await connection.execute(SQL["drop_round"], key)


async def forget_files(connection: AsyncConnection, build: Build) -> None:
    """Give up the rounds' copies of the files."""
    await connection.execute(SQL["forget_files"], {"build_id": build.build_id})
