"""An hour-long build under a fake clock: what the user hears, when, and how often."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from bot.attachments.placement import put_in_place
from bot.attachments.storage import NewFile, attach_to_request, keep
from bot.builds.lease import SQL as LEASE
from bot.checks.acceptance import Acceptance
from bot.checks.report import Finding, Report
from bot.collections.schemas import DEFINITIONS
from bot.delivery.outbox import enqueue
from bot.delivery.progress import report_progress
from bot.delivery.recipients import suppress_contact
from bot.messages.kinds import MessageKind
from bot.projects.history import restore_draft, save_draft
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from tests.integration.delivery_stage import Pool
from tests.users import add_user

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(seconds=15)
WRITTEN = "More of it is written now."


@dataclass(kw_only=True)
class Hour:
    """A build whose clock the test turns."""

    connection: AsyncConnection
    request_id: UUID
    project_id: UUID
    now: datetime = NOON
    agents: int = 0
    turns: int = 0
    heard: list[tuple[float, str]] = field(default_factory=list)

    async def tell(self, kind: MessageKind, body: str) -> None:
        await enqueue(
            self.connection, user_id="ada", request_id=self.request_id, kind=kind, body=body
        )

    async def enter(self, phase: str) -> None:
        await self.connection.execute(
            "UPDATE build SET phase = %s, phase_started_at = %s", [phase, self.now]
        )

    async def is_tried(self, acceptance: str, *, fails: Sequence[str]) -> None:
        """Let a browser click through the list."""
        report = Report(
            ran=frozenset({"acceptance"}),
            findings=tuple(Finding(check="acceptance", message="", subject=one) for one in fails),
        )
        await self.connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " SELECT build_id, 'm', 'l', %s, %s FROM build",
            [acceptance, report.model_dump_json()],
        )

    async def take_turn(self) -> None:
        self.turns += 1
        await self.connection.execute(
            "INSERT INTO turn (agent_id, number, answer, stop_reason, answered_at)"
            " VALUES ('frontend_v1', %s, '[]', 'tool_use', %s)",
            [self.turns, self.now],
        )

    async def write(self, path: str, lines: int) -> None:
        await self.connection.execute(
            "INSERT INTO blob VALUES (%s, sha256(%s), '') ON CONFLICT DO NOTHING",
            [self.project_id, path.encode()],
        )
        await self.connection.execute(
            "INSERT INTO workspace_file (project_id, path, sha256, size, lines, updated_at)"
            " VALUES (%s, %s, sha256(%s), 1, %s, %s)",
            [self.project_id, path, path.encode(), lines, self.now],
        )

    async def tick(self) -> None:
        """Let 15 seconds pass, run the periodic task, and let what was said be read."""
        self.now += TICK
        await report_progress(self.connection, now=self.now)
        cursor = await self.connection.execute(
            "UPDATE outbox SET state = 'read', created_at = %s WHERE state = 'queued'"
            " RETURNING body",
            [self.now],
        )
        minutes = (self.now - NOON) / timedelta(minutes=1)
        self.heard += [(minutes, body) for (body,) in await cursor.fetchall()]


@pytest.fixture
async def hour(pool: Pool) -> AsyncIterator[Hour]:
    request_id, project_id = uuid4(), uuid4()
    async with pool.connection() as connection:
        await add_user(connection, "ada")
        await connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) VALUES (%s, 'ada', %s, 'whatsapp', 't', 's', 1)",
            [request_id, uuid4()],
        )
        await connection.execute(
            "INSERT INTO project (project_id, user_id, title, site_token)"
            " VALUES (%s, 'ada', 'Shop', 'token')",
            [project_id],
        )
        await connection.execute(
            "INSERT INTO build (request_id, project_id, user_id, request_text, status, created_at,"
            " phase_started_at) VALUES (%s, %s, 'ada', 'a shop', 'running', %s, %s)",
            [request_id, project_id, NOON, NOON],
        )
        await connection.execute(
            "INSERT INTO agent (agent_id, request_id, user_id, project_id, agent_type, version,"
            " state, model, model_window, working_budget, max_output, warning_percentage,"
            " critical_percentage, continuation_mode, opening) VALUES ('frontend_v1', %s, 'ada',"
            " %s, 'frontend', 1, 'ACTIVE', 'm', 1, 1, 1, 75, 90, 'fresh', '')",
            [request_id, project_id],
        )
        yield Hour(connection=connection, request_id=request_id, project_id=project_id)


@pytest.mark.lengthy
async def test_an_hour_is_neither_silent_nor_chatty(hour: Hour) -> None:
    """Planned in a minute, designed in five; files come fast, then not at all for half an hour."""
    milestones = {
        1: (MessageKind.UNDERSTOOD, "A shop."),
        5: (MessageKind.DESIGNED, "The design is done."),
    }
    for tick in range(4 * 60):
        minute, is_full = divmod(tick, 4)[0], tick % 4 == 0
        if is_full and minute in milestones:
            await hour.tell(*milestones[minute])
        if is_full and minute == 1:
            await hour.enter("design")
        if is_full and minute == 5:
            await hour.enter("implementation")
        if 6 <= minute < 10:
            await hour.write(f"part{tick}.js", 40)  # four a minute
        if is_full and 10 <= minute < 40:
            await hour.take_turn()
        if is_full and minute == 55:
            await hour.tell(MessageKind.BUILT, "It's built.")
            await hour.enter("deployment")
        await hour.tick()

    times = [0.0, *(at for at, _ in hour.heard), 60.0]
    assert max(b - a for a, b in pairwise(times)) <= 3.25
    between_milestones = [
        at for at, body in hour.heard if body.startswith(("*Shop*", "Still at it"))
    ]
    assert min(b - a for a, b in pairwise(between_milestones)) >= 1.0
    assert len(hour.heard) <= 25
    assert hour.heard[:6] == [
        (1.25, "A shop."),
        (4.25, "Still at it. *Shop*: designing it (20%). On this part: 3 minutes."),
        (5.25, "The design is done."),
        (6.25, "*Shop*: writing the code (40%). More of it is written now."),
        (7.25, "*Shop*: writing the code (40%). More of it is written now."),
        (8.25, "*Shop*: writing the code (40%). More of it is written now."),
    ]
    still = "Still at it. *Shop*: writing the code (40%). On this part: 8 minutes."
    assert still in [body for _, body in hour.heard]


ADD, TICK_OFF, SHARE = "What I add is in the list.", "I can tick it off.", "You see it too."


async def test_what_an_app_is_to_do_and_does_by_now_is_told_once(hour: Hour) -> None:
    await begin(hour)
    await hour.enter("implementation")
    await hour.write("index.html", 10)
    assert await progress(hour) == ["*Shop*: writing the code (40%). More of it is written now."]

    await hour.connection.execute("UPDATE build SET agreed = %s", [a_list(ADD, TICK_OFF, SHARE)])
    await hour.write("list.js", 10)
    doing = "*Shop*: writing the code (40%)."
    assert await progress(hour) == [f"{doing}\nIt will do this:\n- {ADD}\n- {TICK_OFF}\n- {SHARE}"]

    await hour.write("tick.js", 10)
    assert await progress(hour) == [f"{doing} More of it is written now."]

    await hour.is_tried(a_list(ADD, TICK_OFF, SHARE), fails=[TICK_OFF])
    told = await progress(hour)
    assert [one.partition("minutes.\n")[2] for one in told] == [
        f"This works already:\n- {ADD}\n- {SHARE}\nThis doesn't work yet:\n- {TICK_OFF}"
    ], "also where nothing new is written"

    await hour.write("share.js", 10)
    assert await progress(hour) == [f"{doing} More of it is written now."]


def a_list(*criteria: str) -> str:
    """What QA has written down, as it is stored."""
    steps = [{"action": "expect_text", "text": "Milk"}]
    listed = [{"criterion": one, "requirements": [1], "steps": steps} for one in criteria]
    return Acceptance.model_validate(
        {"language": "en", "keeps_data": False, "criteria": listed}
    ).model_dump_json()


async def test_news_that_was_not_sent_yet_gives_way_to_newer_news(hour: Hour) -> None:
    await hour.enter("implementation")
    for minute in (2, 4):
        await hour.write(f"part{minute}.js", 10)
        hour.now = NOON + timedelta(minutes=minute)
        await report_progress(hour.connection, now=hour.now)
        await hour.connection.execute("UPDATE outbox SET created_at = %s", [hour.now])

    cursor = await hour.connection.execute("SELECT body FROM outbox")
    assert await cursor.fetchall() == [
        ("*Shop*: writing the code (40%). More of it is written now.",),
    ]


async def begin(hour: Hour, *, asked: datetime = NOON) -> None:
    """Let a worker take the build up, as one that was asked for then."""
    cursor = await hour.connection.execute(
        "UPDATE build SET status = 'queued', created_at = %s RETURNING build_id", [asked]
    )
    ((build_id,),) = await cursor.fetchall()
    values = {"build_id": build_id, "owner": uuid4(), "source_language": "en"}
    await hour.connection.execute(LEASE["claim_build"], values)


async def progress(hour: Hour) -> list[str]:
    """What is told of the build a quarter of an hour from now."""
    await hour.connection.execute("DELETE FROM outbox")
    await report_progress(hour.connection, now=datetime.now(UTC) + timedelta(minutes=15))
    cursor = await hour.connection.execute("SELECT body FROM outbox")
    return [body for (body,) in await cursor.fetchall()]


async def test_what_was_there_before_is_not_told_as_written(hour: Hour) -> None:
    workspace = Workspace(hour.connection, hour.project_id)
    asked = datetime.now(UTC)
    for path in ("index.html", "app.js"):
        await workspace.write(path, "one\ntwo\n")
    await publish(
        hour.connection,
        project_id=hour.project_id,
        request_id=uuid4(),
        sites_base_url="https://apps.example.com",
    )
    await begin(hour, asked=asked)  # while the version before was made
    await hour.enter("implementation")
    assert not any(WRITTEN in told for told in await progress(hour))

    await workspace.write("app.js", "one\ntwo\nthree\n")
    assert await progress(hour) == [f"*Shop*: writing the code (40%). {WRITTEN}"]

    await save_draft(hour.connection, hour.project_id, hour.request_id)
    await restore_draft(hour.connection, hour.project_id, hour.request_id)
    await hour.enter("review")
    assert await progress(hour) == ["*Shop*: checking it (60%)."]


async def test_files_of_the_users_own_are_not_told_as_written(hour: Hour) -> None:
    message_sid = f"SM{uuid4().hex}"
    await hour.connection.execute(
        "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
        " fields_encrypted) VALUES (%s, %s, 'ada', 'document', '', '')",
        [message_sid, hour.request_id],
    )
    menu = NewFile(number=0, path="files/menu.md", content_type="text/markdown", content=b"Soup\n")
    await keep(hour.connection, message_sid=message_sid, user_id="ada", files=[menu], body="")
    await attach_to_request(
        hour.connection,
        user_id="ada",
        request_id=hour.request_id,
        project_id=hour.project_id,
        request_text="a shop [file: files/menu.md]",
    )
    await put_in_place(hour.connection, request_id=hour.request_id, project_id=hour.project_id)
    await begin(hour)
    await hour.enter("design")
    assert not any(WRITTEN in told for told in await progress(hour))

    await Workspace(hour.connection, hour.project_id).write("index.html", "Soup\n")
    assert await progress(hour) == [f"*Shop*: designing it (20%). {WRITTEN}"]


async def test_who_opted_out_and_who_cannot_be_reached_hear_nothing(hour: Hour) -> None:
    hour.now = NOON + timedelta(minutes=10)
    await hour.connection.execute("UPDATE contact SET window_closed_at = now()")
    await report_progress(hour.connection, now=hour.now)
    await hour.connection.execute("UPDATE contact SET window_closed_at = NULL")
    await suppress_contact(hour.connection, "ada", "opted_out")
    await report_progress(hour.connection, now=hour.now)

    cursor = await hour.connection.execute("SELECT count(*) FROM outbox")
    assert await cursor.fetchone() == (0,)


async def test_definitions_of_shared_data_are_not_told_as_written(hour: Hour) -> None:
    await begin(hour)
    await hour.enter("implementation")
    definitions = json.dumps({"votes": {"type": "object"}})
    await Workspace(hour.connection, hour.project_id).write(DEFINITIONS, definitions)
    assert not any(WRITTEN in told for told in await progress(hour))
