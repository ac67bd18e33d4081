"""A stop that meets several builds, a quoted app, drafts, or another phone."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bot.builds.lease import Lease
from bot.messages.kinds import MessageKind
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from tests.integration.dialogue_pairs import QUIZ, TODO, builds_two, titles
from tests.integration.dialogue_stage import DialogueStage, Pool, dialogue_stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[DialogueStage]:
    async with dialogue_stage(pool, settings) as opened:
        yield opened


@pytest.mark.parametrize("stop", ["stop", "enough", "Honestly, no more of this today"])
async def test_a_stop_that_quotes_one_app_stops_that_one(stage: DialogueStage, stop: str) -> None:
    asked = await builds_two(stage)
    (told,) = await stage.say(stop, quoting=asked)

    assert told.body.startswith("Stopped building *Build me a todo app*.")
    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])

    (told,) = await stage.say("try again")
    assert "*Build me a todo app*" in told.body
    await stage.say("stop")
    assert await titles(stage, "stopped") == [TODO, QUIZ]


async def test_a_stop_button_below_a_message_of_one_app_stops_that_one(
    stage: DialogueStage,
) -> None:
    await builds_two(stage)
    told = await stage.is_told(MessageKind.UNDERSTOOD, about=TODO)
    await stage.tap(told, "Stop")

    assert (await titles(stage, "stopped"), await titles(stage, "queued")) == ([TODO], [QUIZ])


async def test_a_stop_that_quotes_what_is_not_built_stops_all(stage: DialogueStage) -> None:
    asked = await builds_two(stage)
    await stage.finish_builds()
    await stage.say("Build me a poll")
    (told,) = await stage.say("stop", quoting=asked)

    assert told.body.startswith("Stopped. Nothing will be published.")
    assert await titles(stage, "stopped") == ["Build me a poll"]


async def test_a_stop_that_quotes_one_app_takes_back_nothing_else(stage: DialogueStage) -> None:
    asked = await builds_two(stage)
    late = await stage.send("Build me a poll")
    await stage.say("stop", quoting=asked)
    await stage.read(late)

    assert await titles(stage, "queued") == [QUIZ, "Build me a poll"]


async def test_what_was_queued_behind_goes_on_behind_what_was_stopped_with_it(
    stage: DialogueStage,
) -> None:
    await stage.say(TODO)
    await stage.finish_builds()
    await stage.say("Make the title bigger")
    await stage.rows("UPDATE build SET takes_changes = false")
    await stage.say("Make it green")
    for _ in range(2):
        await stage.say("stop")
        (told,) = await stage.say("try again")
        assert told.kind == "retrying"
        assert await stage.builds() == [
            (TODO, "completed"),
            ("Make the title bigger", "queued"),
            ("Make it green", "queued"),
        ]
    first, second = await stage.rows(
        "SELECT build_id, retry_request_id FROM build WHERE status = 'queued' ORDER BY created_at"
    )
    assert first["retry_request_id"] != second["retry_request_id"]
    assert await Lease(stage.services.pool, second["build_id"]).acquire() is None, "an old job"
    jobs = await stage.rows(
        "SELECT args ->> 'build_id' AS build_id FROM procrastinate_jobs"
        " WHERE task_name = 'run_build' ORDER BY id DESC LIMIT 2"
    )
    assert [job["build_id"] for job in jobs] == [str(second["build_id"]), str(first["build_id"])]


@pytest.mark.parametrize(
    ("first", "second", "is_overtaken"),
    [("stop", "try again", False), ("try again", "stop", False), ("try again", "stop", True)],
)
async def test_of_a_stop_and_try_again_from_two_phones_at_once_the_later_one_counts(
    stage: DialogueStage, first: str, second: str, is_overtaken: bool
) -> None:
    phones = [
        {"From": address, "ExternalUserId": "US.1349"}
        for address in (stage.address, "whatsapp:+15557654321")
    ]
    await stage.say(TODO)
    for phone in phones:
        await stage.say("status", **phone)
    earlier, later = [
        await stage.send(words, **phone)
        for words, phone in zip((first, second), phones, strict=True)
    ]
    if is_overtaken:
        await stage.read(later)
        await stage.read(earlier)
    else:
        await stage.read_at_once(earlier, later)

    status, told = ("stopped", "stopped") if second == "stop" else ("queued", "retrying")
    assert await stage.builds() == [(TODO, status)]
    assert (await stage.heard())[-1].kind == told
    assert len(await stage.rows("SELECT user_id FROM contact")) == 1


async def stops_a_change(stage: DialogueStage, words: str) -> None:
    """Let a change be stopped when something was written for it."""
    await stage.say(words)
    await write_page(stage, words)
    await stage.say("stop")


async def write_page(stage: DialogueStage, words: str) -> None:
    """Let what has begun of the one app write its page."""
    await stage.rows(
        "UPDATE build SET based_on = current_version FROM project"
        " WHERE build.project_id = project.project_id AND build.status = 'queued'"
    )
    ((project_id,),) = [
        tuple(row.values()) for row in await stage.rows("SELECT project_id FROM project")
    ]
    async with stage.services.pool.connection() as connection:
        await Workspace(connection, project_id).write("index.html", words)


async def has_versions(stage: DialogueStage, number: int) -> None:
    """Let there be so many versions of the one app."""
    await stage.say(TODO)
    await stage.finish_builds(has_version=False)
    async with stage.services.pool.connection() as connection:
        ((project_id,),) = await (
            await connection.execute("SELECT project_id FROM project")
        ).fetchall()
        for one in range(number):
            await Workspace(connection, project_id).write("index.html", str(one))
            await publish(
                connection, project_id=project_id, request_id=uuid4(), sites_base_url="http://sites"
            )


async def test_a_stop_before_it_goes_on_leaves_a_build_what_it_had_written(
    stage: DialogueStage,
) -> None:
    await has_versions(stage, 1)
    await stage.say("Make the title bigger")
    await stage.rows("UPDATE build SET takes_changes = false")
    await stage.say("Make it green")
    await write_page(stage, "bigger")
    await stage.say("stop")
    await stage.say("try again")
    # Its row lies behind the other's now, as after any step of its.
    await stage.rows("UPDATE build SET stalled_at = now() WHERE request_text LIKE '%%bigger'")
    await stage.say("stop")

    drafts = await stage.rows(
        "SELECT request_text FROM version JOIN build USING (request_id) WHERE is_draft"
    )
    assert drafts == [{"request_text": "Make the title bigger"}]


@pytest.mark.parametrize("since", ["nothing", "undo", "another", "another app", "a month"])
async def test_versions_says_of_a_draft_that_it_goes_on_only_if_it_would(
    stage: DialogueStage, since: str
) -> None:
    await has_versions(stage, 2)
    await stops_a_change(stage, "Make the title bigger")
    match since:
        case "undo":
            await stage.say("undo")
        case "another":
            await stops_a_change(stage, "Make it green")
        case "another app":
            await stage.say(QUIZ)
            await stage.say("stop")
            await stage.say("open 1")
        case "a month":
            await stage.rows("UPDATE build SET ended_at = ended_at - interval '31 days'")

    (listed,) = await stage.say("versions")
    drafts = [line for line in listed.body.splitlines() if "unfinished" in line]
    continued = [line.split(" ")[0] for line in drafts if "*try again* continues it" in line]
    assert continued == {"nothing": ["3"], "another": ["4"]}.get(since, [])
    assert len(drafts) == (2 if since == "another" else 1)

    await stage.say("try again")
    words = {"3": "Make the title bigger", "4": "Make it green"}
    going_on = [asked for asked, status in await stage.builds() if status == "queued"]
    assert [words[number] for number in continued] == [one for one in going_on if one != QUIZ]
