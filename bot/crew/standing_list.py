"""The standing list: what an app must do by all that was agreed in the builds behind it.

An acceptance list is what QA writes for one build, before there is code; it is agreed then. The
standing list joins those. It is tried again in code with each hand-in and each version, at no call
of the model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.builds.builds import Build
from bot.checks.acceptance import Acceptance, Criterion, StandingList, joined
from bot.checks.report import Report
from bot.projects.requirements import Requirement, list_requirements
from handoffs.tags import enclosed
from telemetry.named_sql import statements

SQL = statements("bot.crew", "standing_list.sql")

NO_LIST = "null"

ACCEPTANCE = "acceptance"
_AGREED = (
    "What it must do is written down, from the requirements and the design, and is clicked "
    "through each time you hand in; what earlier versions were proven to do is part of it. Let "
    "the app do it, with the names that stand there. Where a step asks for what the user does not"
    " want, leave the app as it is and say so."
)


@dataclass(frozen=True, kw_only=True)
class AgreedList:
    """What QA wrote down before there was code; None where it was asked and wrote nothing."""

    acceptance: Acceptance | None


async def keep_agreed(connection: AsyncConnection, build: Build, agreed: str) -> None:
    """Keep the list that QA wrote before there was code, as JSON; `NO_LIST` for none."""
    await connection.execute(
        SQL["keep_agreed"], {"build_id": build.build_id, "agreed": agreed or NO_LIST}
    )


async def find_agreed(connection: AsyncConnection, build: Build) -> AgreedList | None:
    """What was agreed in a build before its code; None where nobody was asked."""
    cursor = await connection.execute(SQL["find_agreed"], {"build_id": build.build_id})
    row = await cursor.fetchone()
    if row is None:
        return None
    return AgreedList(acceptance=None if row[0] == NO_LIST else _read(row[0]))


async def standing_list(connection: AsyncConnection, project_id: UUID) -> Acceptance | None:
    """What the app must do by all that was agreed in its builds; None where nothing was.

    Of each build the last list that passed counts, of one that is under way the last one in any
    case, and before that is tried, what is agreed. Criteria stay until all of the requirements that
    they prove were replaced, or are not asked for any more since their version was taken back.
    Criteria that name none stay with the build that is under way or came last.
    """
    of_builds = await _tried_lists(connection, project_id)
    cursor = await connection.execute(SQL["agreed_list"], {"project_id": project_id})
    for build_id, agreed in await cursor.fetchall():
        if build_id not in of_builds:
            of_builds = {build_id: _read(agreed), **of_builds}
    return joined(list(of_builds.values()), gone=await _numbers_gone(connection, project_id))


async def expected_beforehand(connection: AsyncConnection, build: Build) -> Acceptance | None:
    """What the app had to do before anybody saw the code of a build; None where that is nothing.

    That is what was agreed in this build, and what earlier versions were proven to do.
    """
    agreed = await find_agreed(connection, build)
    of_builds = await _tried_lists(connection, build.project_id)
    of_builds.pop(build.build_id, None)
    lists = [agreed.acceptance] if agreed and agreed.acceptance else []
    gone = await _numbers_gone(connection, build.project_id)
    return joined([*lists, *of_builds.values()], gone=gone)


def for_the_engineer(expected: Acceptance) -> str:
    """What the app must do, as its engineer reads it with the first check."""
    criteria = expected.model_dump_json(exclude_defaults=True)
    return f"{_AGREED}\n\n{enclosed(ACCEPTANCE, criteria)}"


async def uncovered(
    connection: AsyncConnection, build: Build, acceptance: Acceptance | None
) -> list[Requirement]:
    """What the app does not do yet, and no criterion of the list proves.

    Looks are judged by eye, and what no steps could prove was so when it was met.
    """
    known = await list_requirements(connection, build.project_id, build.build_id)
    proven = {number for one in _criteria(acceptance) for number in one.requirements}
    return [
        one
        for one in known
        if one.holds and one.state == "open" and one.kind != "looks" and one.number not in proven
    ]


async def objection_to(
    connection: AsyncConnection, build: Build, acceptance: Acceptance
) -> str | None:
    """What is wrong with the numbers that a list names, in a sentence for the model, if anything.

    Where nothing is asked of the app there are none to name.
    """
    known = await list_requirements(connection, build.project_id, build.build_id)
    numbers = {one.number for one in known if one.is_in_force}
    if not numbers:
        return None
    # A criterion that is given again with other steps keeps the numbers that it has.
    given_before = {one.number for one in known} - numbers
    faults = []
    for one in acceptance.criteria:
        strange = sorted(set(one.requirements) - numbers - given_before)
        if strange:
            faults.append(f"“{one.criterion}” names {_listed(strange)}, which is not there")
        elif not numbers & set(one.requirements):
            faults.append(f"“{one.criterion}” names no requirement that holds")
    if not faults:
        return None
    return (
        f"{'; '.join(faults)}. Name in `requirements` of each criterion the numbers that it proves,"
        f" out of {_listed(sorted(numbers))}. Give the whole list again."
    )


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _criteria(acceptance: Acceptance | None) -> list[Criterion]:
    return acceptance.criteria if acceptance else []


def _read(text: str) -> StandingList:
    return StandingList.model_validate_json(text)


async def _tried_lists(connection: AsyncConnection, project_id: UUID) -> dict[UUID, Acceptance]:
    """By build the list that counts of those that were clicked through, the latest build first."""
    cursor = await connection.execute(SQL["tried_lists"], {"project_id": project_id})
    of_builds: dict[UUID, Acceptance] = {}
    for build_id, is_under_way, acceptance, report in await cursor.fetchall():
        if build_id in of_builds:
            continue
        if is_under_way or Report.model_validate_json(report).passed:
            of_builds[build_id] = _read(acceptance)
    return of_builds


async def _numbers_gone(connection: AsyncConnection, project_id: UUID) -> frozenset[int]:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["numbers_gone"], {"project_id": project_id})
        return frozenset(await cursor.fetchall())
