"""`textcrew requirements`: what was asked of an app, as it stands in what is online."""

from collections.abc import Iterator, Mapping

import pytest

from bot.database.pools import async_connection_pool
from bot.projects.history import go_back
from bot.projects.requirements import PlannedRequirement
from tests.integration.operations_stage import OperationsStage
from tests.integration.project_story import told_story

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    yield stage
    stage.connection.close()


async def test_requirements_are_listed_with_what_became_of_them(
    stage: OperationsStage, database_url: str
) -> None:
    async with (
        async_connection_pool(database_url, max_size=1) as pool,
        told_story(pool) as story,
    ):
        first = await story.ask("Shared costs in red")
        await story.plan(
            first,
            PlannedRequirement(words="Shared costs"),
            PlannedRequirement(words="in red", kind="looks"),
            PlannedRequirement(words="and pay", is_left_out=True),
        )
        await story.publish(first, "one")
        second = await story.ask("make it blue")
        await story.plan(
            second, PlannedRequirement(words="make it blue", kind="looks", replaces=(2,))
        )
        await story.publish(second, "two")
        project = str(story.project_id)
        online = stage.json("requirements", project)
        await go_back(story.connection, story.project_id)
        undone = stage.json("requirements", project[:8].upper())
        table = stage.run("requirements", project).stdout

    assert [(one["number"], one["words"], one["standing"], one["holds"]) for one in online] == [
        (1, "Shared costs", "met in version 1", True),
        (2, "in red", "replaced by 4", True),
        (3, "and pay", "left out", True),
        (4, "make it blue", "met in version 2", True),
    ]
    assert [(one["number"], one["standing"], one["holds"]) for one in undone] == [
        (1, "met in version 1", True),
        (2, "met in version 1", True),
        (3, "left out", True),
        (4, "open", False),
    ]
    assert {one["project_id"] for one in online} == {project}
    (blue,) = [line for line in table.splitlines() if "make it blue" in line]
    assert blue.split()[:3] == ["4", "open", "NO"]


def test_a_project_that_is_none_is_named_in_one_sentence(stage: OperationsStage) -> None:
    unknown = stage.run("requirements", "12345678")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr == (
        "textcrew: No project has an id that begins so, or more than one has.\n"
    )
    for nobody in ("%", ""):
        assert stage.run("requirements", nobody).returncode == 1
