"""Requirements: what users have asked of an app, in their own words, and what became of it.

A row is added in the transaction in which what was said is accepted: a request, a change during a
build, an answer. What a plan makes of a request takes its place. Whether one holds and is met
follows from the versions (the function `requirements_of`), so going back and forth changes no row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("bot.projects", "requirements.sql")

Source = Literal["message", "answer", "default", "picture", "fact"]
Kind = Literal["does", "keeps", "shares", "looks", "limits"]
State = Literal["open", "met", "replaced", "left out"]


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One thing that a user asked for, by its `number` in the project.

    `asked` is the question that it answers. `holds` tells whether it binds the build that it is
    read for; one that does not was taken back, or belongs to another build, which was stopped or
    has failed if it `is_given_up`.
    """

    number: int
    build_id: UUID
    request_id: UUID
    source: Source
    kind: Kind
    asked: str | None
    words: str
    holds: bool
    is_given_up: bool
    met_in: int | None
    replaced_by: int | None
    state: State

    @property
    def is_in_force(self) -> bool:
        """Whether it binds the build that it is read for and no later one has taken its place."""
        return self.holds and self.state != "replaced"

    @property
    def standing(self) -> str:
        """The state with the version or the number that belongs to it."""
        if self.state == "met":
            return f"met in version {self.met_in}"
        return f"replaced by {self.replaced_by}" if self.state == "replaced" else self.state

    def __str__(self) -> str:
        said = f"{self.asked} {self.words}" if self.asked else self.words
        return f"{self.number}. [{self.kind}, {self.standing}] {said}"


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """What an app lacks: sentences on what cannot be built, and facts that nobody gave."""

    left_out: Sequence[str] = ()
    missing_facts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class PlannedRequirement:
    """One thing of a request, as a plan takes it apart; `replaces` are numbers of earlier ones."""

    words: str
    kind: Kind = "does"
    source: Source = "message"
    is_left_out: bool = False
    replaces: tuple[int, ...] = ()


async def list_requirements(
    connection: AsyncConnection, project_id: UUID, build_id: UUID | None
) -> list[Requirement]:
    """All of a project by number, as that build has to see them; without one, as it is online."""
    async with connection.cursor(row_factory=class_row(Requirement)) as cursor:
        await cursor.execute(
            SQL["list_requirements"], {"project_id": project_id, "build_id": build_id}
        )
        return await cursor.fetchall()


async def add_request(connection: AsyncConnection, request_id: UUID) -> None:
    """Note what the build of this request is asked for."""
    await connection.execute(SQL["add_request"], {"request_id": request_id})


async def add_change(
    connection: AsyncConnection, *, build_id: UUID, request_id: UUID, words: str, kind: Kind
) -> None:
    """Note what is asked for while a build is made or waits."""
    key = {"build_id": build_id, "request_id": request_id}
    await connection.execute(SQL["add_changed_requirement"], {**key, "words": words, "kind": kind})


async def add_answers(connection: AsyncConnection, question_ids: Sequence[UUID]) -> None:
    """Note what was answered to these questions."""
    await connection.execute(SQL["add_answers"], {"question_ids": list(question_ids)})


async def move_waiting(connection: AsyncConnection, request_id: UUID) -> None:
    """Let the build of this request meet what is on its list of changes."""
    await connection.execute(SQL["move_waiting_requirements"], {"request_id": request_id})


async def refine_request(
    connection: AsyncConnection, request_id: UUID, planned: Sequence[PlannedRequirement]
) -> None:
    """Put what the plan makes of a request in its place. An empty plan leaves it as it is."""
    if not planned:
        return
    first, *others = planned
    await connection.execute(SQL["refine_request"], _row(request_id, first))
    for one in others:
        await connection.execute(SQL["add_planned"], _row(request_id, one))


def _row(request_id: UUID, planned: PlannedRequirement) -> dict[str, object]:
    return {
        "request_id": request_id,
        "words": planned.words,
        "kind": planned.kind,
        "source": planned.source,
        "is_left_out": planned.is_left_out,
        "replaces": list(planned.replaces),
    }


async def drop_request(connection: AsyncConnection, request_id: UUID) -> None:
    """Let a request that is answered in words, or by publishing again, ask nothing of the app."""
    await connection.execute(SQL["drop_request"], {"request_id": request_id})


async def note_met(
    connection: AsyncConnection, project_id: UUID, build_id: UUID, proven: Iterable[int]
) -> None:
    """The version that is shown was found sound: what holds of what was `proven` is met in it.

    So is what is open of the looks, which are judged by eye.
    """
    key = {"project_id": project_id, "build_id": build_id, "proven": list(proven)}
    await connection.execute(SQL["note_met"], key)


async def facts_asked_for(
    connection: AsyncConnection, project_id: UUID, build_id: UUID
) -> frozenset[str]:
    """What the user was asked for with the versions before that of a build."""
    key = {"project_id": project_id, "build_id": build_id}
    cursor = await connection.execute(SQL["facts_asked_for"], key)
    return frozenset(fact for (fact,) in await cursor.fetchall())


async def find_gaps(connection: AsyncConnection, build_id: UUID) -> Gaps:
    """What the app will lack by the plan of a build."""
    async with connection.cursor(row_factory=class_row(Gaps)) as cursor:
        await cursor.execute(SQL["find_gaps"], {"build_id": build_id})
        return await cursor.fetchone() or Gaps()
