"""What a user asked for holds and is met as the versions say, whatever becomes of its build."""

from collections.abc import AsyncIterator

import pytest

from bot.builds.change_requests import carry_over, close_list
from bot.builds.questions import answer as answer_question
from bot.builds.questions import find_unanswered, take_defaults
from bot.model.answers import ChangeSize
from bot.projects.history import go_back, go_forward
from bot.projects.requirements import PlannedRequirement
from tests.integration.project_story import USER, Pool, Story, told_story

pytestmark = pytest.mark.anyio


@pytest.fixture
async def story(pool: Pool) -> AsyncIterator[Story]:
    async with told_story(pool) as beginning:
        yield beginning


async def test_all_that_is_said_is_a_requirement_at_once(story: Story) -> None:
    build_id = await story.ask("Shared costs")
    assert await story.change("and please in euros, with the names Ana, Ben and Cem") == "now"
    for position, words in enumerate(("Which colour?", "How large?"), 1):
        await story.connection.execute(
            "INSERT INTO question (build_id, user_id, tool_use_id, position, question, options,"
            " default_answer) VALUES (%s, %s, 'a', %s, %s, '{}', 'Blue')",
            [build_id, USER, position, words],
        )
    asked = await find_unanswered(story.connection, build_id)
    assert asked
    assert await answer_question(story.connection, asked, "Green, like grass")
    assert not await answer_question(story.connection, asked, "Red")
    assert await take_defaults(story.connection, build_id) == [("How large?", "Blue")]

    assert [str(one) for one in await story.all(build_id)] == [
        "1. [does, open] Shared costs",
        "2. [does, open] and please in euros, with the names Ana, Ben and Cem",
        "3. [does, open] Which colour? Green, like grass",
        "4. [does, open] How large? Blue",
    ]
    assert [one.source for one in await story.all(build_id)] == [
        "message", "message", "answer", "default",
    ]  # fmt: skip


async def test_what_only_changes_the_looks_is_a_requirement_of_that_kind(story: Story) -> None:
    build_id = await story.ask("Shared costs")
    await story.change("make the rounding button blue", "looks")
    await story.change("and in euros", "behaviour")
    assert [one.kind for one in await story.all(build_id)] == ["does", "looks", "does"]


async def test_a_plan_takes_the_request_apart_where_it_stands(story: Story) -> None:
    build_id = await story.ask("Shared costs in blue, with payments")
    await story.change("in euros")
    await story.plan(
        build_id,
        PlannedRequirement(words="Shared costs", kind="shares"),
        PlannedRequirement(words="in blue", kind="looks"),
        PlannedRequirement(words="with payments", is_left_out=True),
    )

    assert [str(one) for one in await story.all(build_id)] == [
        "1. [shares, open] Shared costs",
        "2. [does, open] in euros",
        "3. [looks, open] in blue",
        "4. [does, left out] with payments",
    ]
    await story.publish(build_id, "one")
    met = "met in version 1"
    assert [one.standing for one in await story.all()] == [met, "open", met, "left out"], (
        "what nobody has read is not met"
    )


async def test_going_back_opens_and_revives_as_the_version_that_is_shown_has_it(
    story: Story,
) -> None:
    await story.publish(await story.ask("Shared costs"), "one")
    second = await story.ask("Make it red")
    await story.publish(second, "two")
    third = await story.ask("No, blue")
    await story.plan(third, PlannedRequirement(words="No, blue", replaces=(2,)))
    await story.publish(third, "three")
    before = {
        "Shared costs": "met in version 1",
        "Make it red": "replaced by 3",
        "No, blue": "met in version 3",
    }
    assert await story.binding() == before

    await go_back(story.connection, story.project_id)
    assert await story.binding() == {
        "Shared costs": "met in version 1",
        "Make it red": "met in version 2",
    }
    assert (await story.all())[2].standing == "open"
    await go_forward(story.connection, story.project_id)
    assert await story.binding() == before

    await go_back(story.connection, story.project_id)
    await go_back(story.connection, story.project_id)
    fourth = await story.ask("Make it green")
    assert await story.binding(fourth) == {
        "Shared costs": "met in version 1",
        "Make it green": "open",
    }
    await story.publish(fourth, "four")
    assert await story.binding() == {
        "Shared costs": "met in version 1",
        "Make it green": "met in version 4",
    }


async def test_what_a_faulty_version_did_not_do_is_for_the_next_one(story: Story) -> None:
    await story.publish(await story.ask("Shared costs"), "one", is_sound=False)
    assert await story.binding() == {"Shared costs": "open"}
    second = await story.ask("It does not add up")
    assert await story.binding(second) == {"Shared costs": "open", "It does not add up": "open"}

    await story.publish(second, "two")
    assert set((await story.binding()).values()) == {"met in version 2"}
    await go_back(story.connection, story.project_id)
    assert await story.binding() == {"Shared costs": "open"}


async def test_a_stopped_build_binds_itself_and_no_later_one(story: Story) -> None:
    await story.publish(await story.ask("Shared costs"), "one")
    stopped = await story.ask("Make it red")
    await story.change("and larger")
    await story.end(stopped, "stopped")
    assert await story.binding() == {"Shared costs": "met in version 1"}
    assert [one.standing for one in await story.all()][1:] == ["open", "open"]

    again = await story.binding(stopped)
    assert again == {
        "Shared costs": "met in version 1",
        "Make it red": "open",
        "and larger": "open",
    }
    other = await story.ask("A title, please")
    assert await story.binding(other) == {
        "Shared costs": "met in version 1",
        "A title, please": "open",
    }
    await story.publish(other, "two")
    assert set(await story.binding()) == {"Shared costs", "A title, please"}


async def test_before_there_is_an_app_a_further_request_goes_on_from_the_stopped_one(
    story: Story,
) -> None:
    first = await story.ask("Shared costs")
    await story.end(first, "stopped")
    second = await story.ask("In green instead")

    assert await story.binding(second) == {"Shared costs": "open", "In green instead": "open"}
    assert await story.binding(first) == {"Shared costs": "open"}
    await story.publish(second, "one")
    both = {"Shared costs": "met in version 1", "In green instead": "met in version 1"}
    assert await story.binding() == both

    third = await story.ask("A title, please")
    assert await story.binding(third) == {**both, "A title, please": "open"}
    await story.publish(third, "two")
    await go_back(story.connection, story.project_id)
    assert await story.binding() == both


async def test_what_the_first_version_does_not_do_of_what_had_failed_before_it_is_for_the_next_one(
    story: Story,
) -> None:
    failed = await story.ask("Shared costs")
    waiting = await story.ask("In green instead")
    await story.end(failed, "failed")
    given_up = await story.ask("And a clock")
    await story.end(given_up, "stopped")
    await story.publish(waiting, "one", unproven=frozenset({1}))

    known = {"Shared costs": "open", "In green instead": "met in version 1"}
    assert await story.binding() == known, "the clock was asked for of what came out without it"
    third = await story.ask("A title, please")
    assert await story.binding(third) == {**known, "A title, please": "open"}
    assert [one.words for one in await story.all(third) if one.is_given_up] == ["And a clock"]
    await story.publish(third, "two")
    assert (await story.binding())["Shared costs"] == "met in version 2"


@pytest.mark.parametrize(
    ("sizes", "workflow"),
    [
        (("looks", "looks"), "bug_fix"),
        (("looks", "behaviour"), None),
        (("looks", None), None),
        (("behaviour", "large"), "full_build"),
    ],
)
async def test_what_came_too_late_is_as_large_in_the_next_version(
    story: Story, sizes: tuple[ChangeSize | None, ...], workflow: str | None
) -> None:
    first = await story.ask("Shared costs")
    for number, size in enumerate(sizes):
        assert await story.change(f"change {number}", size) == "now"
    await close_list(story.connection, first)
    await story.publish(first, "one")
    await carry_over(story.connection, build_id=first, project_id=story.project_id, user_id=USER)
    assert (await story.workflows())[1:] == [workflow]


@pytest.mark.parametrize(
    ("sizes", "workflow"),
    [
        (("looks", "looks"), "bug_fix"),
        (("looks", "behaviour"), None),
        (("looks", "large", "behaviour"), "full_build"),
        (("behaviour", "looks"), None),
    ],
)
async def test_a_build_that_waits_becomes_as_large_as_what_it_is_to_make(
    story: Story, sizes: tuple[ChangeSize, ...], workflow: str | None
) -> None:
    first = await story.ask("Shared costs")
    await story.publish(first, "one")
    said = [await story.change(f"change {number}", size) for number, size in enumerate(sizes)]
    assert said == [None, *["now"] * (len(sizes) - 1)]
    assert (await story.workflows())[1:] == [workflow]


async def test_what_came_too_late_is_for_the_next_version_and_counted_once(story: Story) -> None:
    first = await story.ask("Shared costs")
    await story.change("in euros")
    await story.change("and green")
    await close_list(story.connection, first)
    await story.publish(first, "one")
    await carry_over(story.connection, build_id=first, project_id=story.project_id, user_id=USER)

    rows = await story.all()
    assert [one.words for one in rows] == ["Shared costs", "in euros", "and green"]
    cursor = await story.connection.execute(
        "SELECT build_id FROM build WHERE status = 'queued' AND request_text = 'in euros'"
    )
    ((second,),) = await cursor.fetchall()
    assert await story.binding(second) == {
        "Shared costs": "met in version 1",
        "in euros": "open",
        "and green": "open",
    }


async def test_what_no_criterion_has_proven_stays_open_unless_it_is_judged_by_eye(
    story: Story,
) -> None:
    build = await story.ask("Shared costs")
    await story.plan(
        build,
        PlannedRequirement(words="Shared costs"),
        PlannedRequirement(words="In euros"),
        PlannedRequirement(words="In green", kind="looks"),
    )
    await story.publish(build, "<p>1</p>", unproven=frozenset({2, 3}))

    met = "met in version 1"
    assert [one.standing for one in await story.all()] == [met, "open", met]
