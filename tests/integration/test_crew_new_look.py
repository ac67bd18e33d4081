"""A new look begins with the look that there is: the designer's brief shows the app as it is."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any

import pytest

from bot.attachments.placement import put_in_place
from bot.attachments.storage import NewFile, keep
from bot.checks.report import Report
from bot.crew.agent_specs import DESIGNER
from bot.crew.assignment import Assignment, Outcome
from bot.crew.images import GONE
from bot.crew.new_look import AS_IT_IS, what_stands
from bot.crew.successor_material import material_for_successor
from bot.crew.views import LABELS, TOKENS
from bot.projects.history import go_back, go_forward
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.retention.removing import remove_older
from bot.sandbox.claude.faults import ClaudeFault
from bot.settings.groups import Settings
from handoffs.tokens import WorkingBudget
from tests.integration.crew_stage import USER, Pool
from tests.integration.workshop_stage import Stage, planned_build
from tests.pictures import picture
from tests.users import add_request

pytestmark = pytest.mark.anyio

LARGE = WorkingBudget(window=200_000, working_budget=100_000, max_output=1_000)
SMALL = WorkingBudget(window=200_000, working_budget=9_000, max_output=1_000)
TO_COME = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
async def stage(pool: Pool, settings: Settings) -> AsyncIterator[Stage]:
    async with planned_build(pool, settings, "Give it a whole new look") as stage:
        yield stage


async def goes_online(stage: Stage, text: str, *, is_pictured: bool = True) -> None:
    """Let a build that has ended have published this page, and tried it in a browser before."""
    project_id = stage.context.build.project_id
    async with stage.context.services.pool.connection() as connection:
        await Workspace(connection, project_id).write("index.html", f"<p>{text}</p>")
        request_id = await add_request(connection, USER, project_id, text)
        await connection.execute(
            "UPDATE build SET status = 'completed', ended_at = now() WHERE request_id = %s",
            [request_id],
        )
        await connection.execute(
            "UPDATE request SET closed_at = now() WHERE request_id = %s", [request_id]
        )
        await publish(
            connection, project_id=project_id, request_id=request_id, sites_base_url="https://x"
        )
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " SELECT build_id, manifest, '', 'null', %s"
            " FROM build JOIN version USING (request_id) WHERE request_id = %s",
            [Report(outline=f"- paragraph: {text}").model_dump_json(), request_id],
        )
        for screen in LABELS if is_pictured else ():
            shown = view(text, screen)
            await connection.execute(
                "INSERT INTO trial_view (build_id, manifest, list_hash, screen, content, sha256)"
                " SELECT build_id, manifest, list_hash, %s, %s, %s"
                " FROM trial JOIN build USING (build_id) WHERE request_id = %s",
                [screen, shown, sha256(shown).digest(), request_id],
            )


def view(text: str, screen: str) -> bytes:
    """What a browser would have taken of that page; no two are the same."""
    return picture("JPEG", colour=f"#{sha256(f'{text} {screen}'.encode()).hexdigest()[:6]}")


async def was_sent(stage: Stage, photo: bytes) -> None:
    """Let a photo have come with the request for the new look."""
    build, message_sid = stage.context.build, f"SM{token_hex(16)}"
    file = NewFile(number=0, path="photos/board.png", content_type="image/png", content=photo)
    async with stage.context.services.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
            " fields_encrypted) VALUES (%s, %s, %s, 'image', '', '')",
            [message_sid, build.request_id, USER],
        )
        await keep(connection, message_sid=message_sid, user_id=USER, files=[file], body="")
        await connection.execute(
            "UPDATE attachment SET project_id = %s, request_id = %s",
            [build.project_id, build.request_id],
        )
        await put_in_place(connection, request_id=build.request_id, project_id=build.project_id)


async def briefed(stage: Stage) -> list[dict[str, Any]]:
    """The blocks that the designer starts from, as they are stored."""
    await stage.plans("designer")
    async with stage.context.services.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT opening FROM agent WHERE agent_type = 'designer' ORDER BY version DESC"
        )
        row = await cursor.fetchone()
    assert row is not None
    blocks: list[dict[str, Any]] = json.loads(row[0])
    return blocks


def pictured(blocks: list[dict[str, Any]]) -> list[str]:
    """The hashes of the pictures among blocks."""
    return [one["source"]["sha256"] for one in blocks if one["type"] == "image"]


def views(text: str) -> list[str]:
    return [sha256(view(text, screen)).hexdigest() for screen in LABELS]


async def test_the_brief_shows_the_app_as_it_is_behind_words_that_say_so(stage: Stage) -> None:
    await goes_online(stage, "One")

    told, *shown = await briefed(stage)

    assert "<page>\n- paragraph: One\n</page>" in told["text"]
    assert [one["text"] for one in shown if one["type"] == "text"] == [AS_IT_IS, *LABELS.values()]
    assert [one["type"] for one in shown] == ["text", *["text", "image"] * len(LABELS)]
    assert pictured(shown) == views("One")
    assert [one["source"]["tokens"] for one in shown if one["type"] == "image"] == [
        *TOKENS.values()
    ]


async def test_it_shows_the_version_that_the_link_shows(stage: Stage) -> None:
    await goes_online(stage, "One")
    await goes_online(stage, "Two")
    project_id = stage.context.build.project_id
    for go, number in ((go_back, 1), (go_forward, 2), (go_back, 1)):
        async with stage.context.services.pool.connection() as connection:
            assert await go(connection, project_id) == number
            stands = await what_stands(connection, stage.context.build, LARGE)
        assert pictured([dict(one) for one in stands.pictures]) == views(["One", "Two"][number - 1])

    told, *shown = await briefed(stage)

    assert "- paragraph: One" in told["text"]
    assert pictured(shown) == views("One")


async def test_of_an_app_whose_pictures_are_gone_it_tells_the_same_without(stage: Stage) -> None:
    await goes_online(stage, "One")
    pool = stage.context.services.pool
    async with pool.connection() as connection:
        before = await what_stands(connection, stage.context.build, LARGE)
        without_room = await what_stands(connection, stage.context.build, SMALL)
    assert await remove_older(pool, "views", before=TO_COME) == len(LABELS)

    told, *shown = await briefed(stage)

    assert shown == []
    assert before.text in told["text"]
    assert (without_room.text, without_room.pictures) == (before.text, ())


async def test_a_designer_who_takes_no_pictures_is_told_so_and_designs_from_the_words(
    stage: Stage,
) -> None:
    await goes_online(stage, "One")
    no_pictures = ClaudeFault(fault="refused_pictures", role="designer", times=9)
    stage.claude.faults.add([no_pictures])

    assert pictured(await briefed(stage)) == views("One")

    left = stage.claude.faults.waiting()
    assert [fault.times for fault in left] == [7], "with them it is asked once"


async def test_of_a_new_app_and_of_one_that_nobody_tried_there_is_nothing_to_show(
    stage: Stage,
) -> None:
    pool = stage.context.services.pool
    async with pool.connection() as connection:
        new = await what_stands(connection, stage.context.build, LARGE)
    await goes_online(stage, "One")
    async with pool.connection() as connection:
        await Workspace(connection, stage.context.build.project_id).write("index.html", "<p>0</p>")
        await connection.execute("DELETE FROM trial_view")
        await connection.execute("DELETE FROM trial")
        untried = await what_stands(connection, stage.context.build, LARGE)

    assert (new.text, new.pictures) == ("", ())
    assert (untried.text, untried.pictures) == ("", ())


async def test_who_takes_over_from_the_designer_sees_the_same(stage: Stage) -> None:
    await goes_online(stage, "One")
    told, *shown = await briefed(stage)

    async with stage.context.services.pool.connection() as connection:
        await connection.execute("UPDATE agent SET result = NULL WHERE agent_type = 'designer'")
        material = await material_for_successor(connection, designing(stage), LARGE)

    assert "- paragraph: One" in material.text
    assert material.text in told["text"]
    assert [*material.pictures] == shown


async def test_the_users_photo_comes_first_and_is_named_as_theirs(stage: Stage) -> None:
    await goes_online(stage, "One")
    photo = picture(colour="#112233")
    await was_sent(stage, photo)
    blocks = await briefed(stage)

    conversation = await designing(stage).conversation(json.dumps(blocks), [])

    (message,) = conversation.messages
    named, shown, told, *others = message["content"]
    assert named == {"type": "text", "text": "photos/board.png, which the user sent:"}
    assert content_of(shown) == photo
    assert told == blocks[0]
    assert others[0] == {"type": "text", "text": AS_IT_IS}
    assert [content_of(one) for one in others[2::2]] == [view("One", screen) for screen in LABELS]


async def test_pictures_that_go_meanwhile_are_told_to_be_gone(stage: Stage) -> None:
    await goes_online(stage, "One")
    blocks = await briefed(stage)
    await remove_older(stage.context.services.pool, "views", before=TO_COME)

    conversation = await designing(stage).conversation(json.dumps(blocks), [])

    (message,) = conversation.messages
    assert message["content"][3::2] == [{"type": "text", "text": GONE}] * len(LABELS)


def designing(stage: Stage) -> Assignment:
    async def finish(_: object, answer: str) -> Outcome:
        return None

    context = stage.context
    return Assignment(
        services=context.services,
        lease=context.lease,
        build=context.build,
        spec=DESIGNER,
        opening=None,
        finish=finish,
    )


def content_of(block: Any) -> bytes:
    """The picture in a block that is sent to a model."""
    return b64decode(block["source"]["data"])
