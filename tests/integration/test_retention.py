"""Retention kind by kind: what is old goes in small steps, what is needed stays."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.retention.kinds import KINDS
from bot.retention.removing import SQL, remove_older
from tests.integration.operations_stage import USER, OperationsStage
from tests.users import insert_user

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

BEFORE = datetime.now(UTC) - timedelta(days=10)


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    yield stage
    stage.connection.close()


def count(stage: OperationsStage, what: str) -> int:
    ((rows,),) = stage.connection.execute(f"SELECT count(*) FROM {what}").fetchall()
    return int(rows)


async def test_old_texts_go_in_steps_and_a_run_goes_on_where_the_last_one_ended(
    stage: OperationsStage, pool: Pool
) -> None:
    request_id = stage.request(closed=True)
    for _ in range(7):
        stage.message(request_id, "delivered", age="11 days")
    stage.message(request_id, "delivered", age="9 days")

    assert await remove_older(pool, "outbound", before=BEFORE, rows_a_step=2, steps=2) == 4
    assert await remove_older(pool, "outbound", before=BEFORE, rows_a_step=2) == 3
    assert count(stage, "outbox WHERE body <> ''") == 1
    assert count(stage, "outbox") == 8


async def test_the_choices_of_a_message_go_with_its_text(
    stage: OperationsStage, pool: Pool
) -> None:
    request_id = stage.request(closed=True)
    for age in ("11 days", "9 days"):
        stage.message(request_id, "delivered", age=age)
    stage.connection.execute(
        """UPDATE outbox SET choices = '[{"id": "open 1", "title": "Poll for Ann"}]'"""
    )

    assert await remove_older(pool, "outbound", before=BEFORE) == 1
    assert count(stage, "outbox WHERE choices IS NULL") == 1
    assert count(stage, "outbox WHERE body <> '' AND choices IS NOT NULL") == 1


async def test_a_message_without_its_text_is_not_owed_any_more(
    stage: OperationsStage, pool: Pool
) -> None:
    request_id = stage.request(closed=True)
    for age in ("11 days", "9 days"):
        stage.message(request_id, "failed", age=age)
    stage.connection.execute("UPDATE outbox SET is_owed = true")

    assert await remove_older(pool, "outbound", before=BEFORE) == 1
    stage.connection.execute("UPDATE request SET request_type = 'talk'")  # they wrote
    assert count(stage, "outbox WHERE state = 'queued' AND body <> ''") == 1
    assert count(stage, "outbox WHERE state = 'failed' AND NOT is_owed") == 1


async def test_a_doubt_that_nobody_resolved_goes_with_the_words_that_it_is_about(
    stage: OperationsStage, pool: Pool
) -> None:
    """A pause of the intake may have kept the words unread: those asked back lately stay."""
    for user, received, asked in (
        ("a", "11 days", "11 days"),
        ("b", "11 days", "9 days"),
        ("c", "9 days", "9 days"),
    ):
        user_id = user * 32
        insert_user(stage.connection, user_id)
        request_id = stage.request(closed=True)
        stage.connection.execute(
            "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
            " fields_encrypted, received_at)"
            " VALUES (%s, %s, %s, 'text', 'a poll?', 'x', now() - %s::interval)",
            [user, request_id, user_id, received],
        )
        stage.connection.execute(
            "INSERT INTO doubt (user_id, request_id, body, kind, asked_at)"
            " VALUES (%s, %s, 'a poll?', 'new_build', now() - %s::interval)",
            [user_id, request_id, asked],
        )

    assert await remove_older(pool, "inbound", before=BEFORE) == 1
    assert count(stage, "inbound_message WHERE message_sid = 'a' AND body = ''") == 1
    assert count(stage, "doubt") == count(stage, "inbound_message WHERE body <> ''") == 2


async def test_a_message_that_is_still_to_be_sent_keeps_its_text(
    stage: OperationsStage, pool: Pool
) -> None:
    request_id = stage.request(closed=True)
    for state in ("queued", "sending", "uncertain", "waiting_for_window"):
        stage.message(request_id, state, age="11 days")

    assert await remove_older(pool, "outbound", before=BEFORE) == 0


async def test_a_picture_goes_unless_its_message_is_on_its_way(
    stage: OperationsStage, pool: Pool
) -> None:
    stage.message(stage.request(), "queued", age="11 days")
    stage.connection.execute(
        "INSERT INTO media (user_id, file_name, content_type, content, created_at)"
        " SELECT %s, name, 'image/png', 'x', now() - age FROM (VALUES"
        " ('waits', interval '11 days'), ('old', '11 days'), ('new', '9 days')) AS a (name, age)",
        [USER],
    )
    stage.connection.execute(
        "UPDATE outbox SET media_id = (SELECT media_id FROM media WHERE file_name = 'waits')"
    )

    assert await remove_older(pool, "media", before=BEFORE) == 1
    assert count(stage, "media WHERE file_name = 'old'") == 0


async def test_the_picture_of_a_message_that_is_owed_waits_for_its_recipient(
    stage: OperationsStage, pool: Pool
) -> None:
    stage.message(stage.request(closed=True), "failed", age="11 days")
    stage.connection.execute(
        "INSERT INTO media (user_id, file_name, content_type, content, created_at)"
        " VALUES (%s, 'owed', 'image/png', 'x', now() - interval '11 days')",
        [USER],
    )
    stage.connection.execute(
        "UPDATE outbox SET is_owed = true, media_id = (SELECT media_id FROM media)"
    )

    assert await remove_older(pool, "media", before=BEFORE) == 0
    stage.connection.execute("UPDATE request SET request_type = 'talk'")  # they wrote
    assert count(stage, "outbox WHERE state = 'queued' AND media_id IS NOT NULL") == 1


async def test_a_file_stays_as_long_as_the_message_that_brought_it_is_not_read(
    stage: OperationsStage, pool: Pool
) -> None:
    """A pause of the intake may keep it unread for longer."""
    for sid, closed in (("unread", False), ("read", True)):
        stage.connection.execute(
            "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
            " fields_encrypted, received_at)"
            " VALUES (%s, %s, %s, 'image', '[picture: a.png]', 'x', now() - interval '11 days')",
            [sid, stage.request(closed=closed, answered=closed), USER],
        )
        stage.connection.execute(
            "INSERT INTO attachment (message_sid, number, user_id, path, content_type, content,"
            " sha256, received_at)"
            " VALUES (%s, 0, %s, 'a.png', 'image/png', 'x', 'x', now() - interval '11 days')",
            [sid, USER],
        )

    assert await remove_older(pool, "uploads", before=BEFORE) == 1
    assert count(stage, "attachment WHERE message_sid = 'unread'") == 1


async def test_what_was_cleared_goes_and_nothing_that_is_there(
    stage: OperationsStage, pool: Pool
) -> None:
    stage.connection.execute(
        "INSERT INTO project (user_id, title, site_token) VALUES (%s, 'Poll', 'x')", [USER]
    )
    stage.connection.execute(
        "INSERT INTO document (project_id, collection, document_id, data, size, created_at)"
        " SELECT project_id, 'votes', 'there', '{}', 2, now() - interval '11 days' FROM project"
    )
    stage.connection.execute(
        "INSERT INTO cleared_document (project_id, collection, document_id, data, size, created_at,"
        " updated_at, cleared_at) SELECT project_id, 'votes', id, '{}', 2, now(), now(),"
        " now() - age FROM project, (VALUES ('old', interval '11 days'), ('new', '9 days'))"
        " AS a (id, age)"
    )

    assert await remove_older(pool, "cleared", before=BEFORE) == 1
    assert count(stage, "cleared_document WHERE document_id = 'new'") == 1
    assert count(stage, "document") == 1


async def test_where_a_document_came_from_is_forgotten_and_the_document_stays(
    stage: OperationsStage, pool: Pool
) -> None:
    stage.connection.execute(
        "INSERT INTO project (user_id, title, site_token) VALUES (%s, 'Poll', 'x')", [USER]
    )
    stage.connection.execute(
        "INSERT INTO document (project_id, collection, document_id, data, size, share_key,"
        " share_day) SELECT project_id, 'votes', id, '{}', 2, 'k', (now() - age)::date"
        " FROM project, (VALUES ('old', interval '12 days'), ('new', '1 day')) AS a (id, age)"
    )

    assert await remove_older(pool, "shares", before=BEFORE) == 1
    assert count(stage, "document WHERE share_key IS NULL AND document_id = 'old'") == 1
    assert count(stage, "document WHERE share_key IS NOT NULL AND document_id = 'new'") == 1


async def test_failed_jobs_go_and_waiting_ones_stay(stage: OperationsStage, pool: Pool) -> None:
    for _ in range(2):
        stage.connection.execute("SELECT enqueue_job('delivery', 'deliver', 'a', '{}')")
    stage.connection.execute("UPDATE procrastinate_events SET at = now() - interval '11 days'")
    stage.connection.execute(
        "UPDATE procrastinate_jobs SET status = 'failed'"
        " WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
    )
    fresh = await remove_older(pool, "jobs", before=BEFORE)
    stage.connection.execute("UPDATE procrastinate_events SET at = now() - interval '11 days'")

    assert (fresh, await remove_older(pool, "jobs", before=BEFORE)) == (0, 1)
    assert count(stage, "procrastinate_jobs WHERE status = 'todo'") == 1


async def test_budgets_of_old_days_go_unless_a_call_is_under_way(
    stage: OperationsStage, pool: Pool
) -> None:
    old, new = (BEFORE.date() - timedelta(days=1)), BEFORE.date() + timedelta(days=1)
    stage.connection.execute(
        "INSERT INTO budget_account (account, user_id, reserved) VALUES"
        " (%s, NULL, 0), (%s, NULL, 1), (%s, NULL, 0), ('request:1', NULL, 0)",
        [f"total:{old}", f"user:{USER}:{old}", f"total:{new}"],
    )

    assert await remove_older(pool, "budgets", before=BEFORE) == 1
    assert count(stage, "budget_account") == 3


async def test_old_calls_of_other_services_go_once_their_build_is_over(
    stage: OperationsStage, pool: Pool
) -> None:
    for name, closed in (("ended", True), ("open", False)):
        stage.connection.execute(
            "INSERT INTO agent (agent_id, request_id, user_id, agent_type, version, state, model,"
            " model_window, working_budget, max_output, warning_percentage, critical_percentage,"
            " continuation_mode, opening, terminated_at)"
            " VALUES (%s, %s, %s, 'devops', 1, 'TERMINATED', 'm', 1, 1, 1, 75, 90, 'fresh', '[]',"
            " now())",
            [name, stage.request(closed=closed), USER],
        )
        stage.connection.execute(
            "INSERT INTO outside_call (agent_id, tool_use_id, server, tool, began_at, status)"
            " VALUES (%s, 'a', 's', 't', now() - interval '11 days', 'ok')",
            [name],
        )

    assert await remove_older(pool, "tool_results", before=BEFORE) == 1
    assert count(stage, "outside_call WHERE agent_id = 'open'") == 1


async def test_what_an_agent_was_told_first_goes_with_its_turns(
    stage: OperationsStage, pool: Pool
) -> None:
    for name, closed in (("ended", True), ("open", False)):
        request_id = stage.request(closed=closed)
        stage.connection.execute(
            "INSERT INTO agent (agent_id, request_id, user_id, agent_type, version, state, model,"
            " model_window, working_budget, max_output, warning_percentage, critical_percentage,"
            " continuation_mode, opening, result, terminated_at)"
            " SELECT %s || version, %s, %s, 'qa', version, 'TERMINATED', 'm', 1, 1, 1, 75, 90,"
            " 'fresh', '[\"a poll\"]', 'done', now() - interval '11 days'"
            " FROM generate_series(1, 2) AS version",
            [name, request_id, USER],
        )
        stage.connection.execute(
            "INSERT INTO turn (agent_id, number, answer, stop_reason, answered_at)"
            " SELECT %s, number, '[]', '', now() - interval '11 days'"
            " FROM generate_series(1, 3) AS number",
            [f"{name}1"],  # the other one was not asked
        )
    stage.connection.execute("INSERT INTO agent_offer SELECT agent_id, '[{}]' FROM agent")

    assert await remove_older(pool, "turns", before=BEFORE, rows_a_step=2) == 3
    assert count(stage, "turn WHERE agent_id = 'open1'") == 3
    assert count(stage, "agent WHERE opening = '[]' AND agent_id IN ('ended1', 'ended2')") == 2
    assert count(stage, "agent WHERE opening <> '[]' AND agent_id IN ('open1', 'open2')") == 2
    assert count(stage, "agent_offer") == count(stage, "agent WHERE opening <> '[]'") == 2
    assert count(stage, "agent WHERE result = 'done'") == 4


async def test_old_pictures_of_an_app_go_once_its_build_is_over(
    stage: OperationsStage, pool: Pool
) -> None:
    stage.connection.execute(
        "WITH made AS (INSERT INTO project (user_id, title, site_token) VALUES (%s, 'Poll', 'x')"
        " RETURNING project_id) INSERT INTO version (project_id, number, request_id,"
        " version_token, manifest, is_draft) SELECT project_id, number, gen_random_uuid(), number,"
        " manifest::bytea, is_draft FROM made,"
        " (VALUES (1, 'a', true), (2, 'b', false)) AS version (number, manifest, is_draft)",
        [USER],
    )
    for status, age, ended in (
        ("completed", "11 days", "11 days"),
        ("failed", "11 days", "11 days"),
        ("stopped", "11 days", "11 days"),
        ("completed", "9 days", "9 days"),
        ("stopped", "11 days", "9 days"),
        ("running", "11 days", None),
    ):
        # One trial with pictures for those who judge, and one that ended before there were any.
        stage.connection.execute(
            "WITH made AS (INSERT INTO build (request_id, project_id, user_id, request_text,"
            " status, ended_at) SELECT %(request_id)s, project_id, user_id, '', %(status)s,"
            " now() - %(ended)s::interval FROM project RETURNING build_id),"
            " tried AS (INSERT INTO trial (build_id, manifest, list_hash, acceptance, report,"
            " picture, failure, tried_at) SELECT build_id, manifest::bytea, '', 'null', '', 'x',"
            " 'x', now() - %(age)s::interval FROM made, (VALUES ('a'), ('b')) AS a (manifest))"
            " INSERT INTO trial_view (build_id, manifest, list_hash, screen, content, sha256,"
            " taken_at) SELECT build_id, 'a', '', 'phone', 'x', 'x', now() - %(age)s::interval"
            " FROM made",
            {
                "request_id": stage.request(closed=status != "running"),
                "status": status,
                "age": age,
                "ended": ended,
            },
        )

    assert await remove_older(pool, "views", before=BEFORE) == 3
    assert await remove_older(pool, "views", before=BEFORE) == 0
    assert count(stage, "trial_view") == 3
    assert count(stage, "trial") == 12
    assert count(stage, "trial WHERE failure IS NULL") == 6
    assert count(stage, "trial WHERE picture IS NULL AND manifest = 'a'") == 3
    assert count(stage, "trial WHERE picture IS NULL AND manifest = 'b'") == 0, "of a version"
    assert count(stage, "trial JOIN trial_view USING (build_id) WHERE failure IS NULL") == 0


async def test_a_prompt_goes_when_no_conversation_was_held_under_it(
    stage: OperationsStage, pool: Pool
) -> None:
    for name, ended in (("gone", True), ("read", True), ("alive", False)):
        stage.connection.execute(
            "INSERT INTO agent_prompt (prompt_hash, system, tools, used_at)"
            " VALUES (%s, '', '[]', now() - interval '11 days')",
            [name],
        )
        stage.connection.execute(
            "INSERT INTO agent (agent_id, request_id, user_id, agent_type, version, state, model,"
            " model_window, working_budget, max_output, warning_percentage, critical_percentage,"
            " continuation_mode, opening, terminated_at, prompt_hash)"
            " VALUES (%s, %s, %s, 'qa', 1, 'ACTIVE', 'm', 1, 1, 1, 75, 90, 'fresh', '[]',"
            " CASE WHEN %s THEN now() END, %s)",
            [name, stage.request(closed=ended), USER, ended, name],
        )
    stage.connection.execute(
        "INSERT INTO turn (agent_id, number, answer, stop_reason) VALUES ('read', 1, '[]', '')"
    )

    assert await remove_older(pool, "prompts", before=BEFORE) == 1
    assert count(stage, "agent_prompt WHERE prompt_hash IN ('read', 'alive')") == 2
    assert count(stage, "agent WHERE agent_id = 'gone' AND prompt_hash IS NULL") == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_step_is_led_to_the_oldest_rows_by_an_index(
    stage: OperationsStage, pool: Pool, kind: str
) -> None:
    request_id = stage.request(closed=True)
    for _ in range(300):
        stage.message(request_id, "delivered", age="9 days")
    stage.connection.execute("ANALYZE outbox, request")
    async with pool.connection() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        cursor = await connection.execute(
            f"EXPLAIN {SQL[f'remove_{kind}']}", {"before": BEFORE, "limit": 10}
        )
        plan = "\n".join(row[0] for row in await cursor.fetchall())

    index = {
        "turns": "turn_by_time", "tool_results": "outside_call_by_time",
        "prompts": "agent_prompt_by_time",
        "handoffs": "handoff_with_document", "inbound": "inbound_message_with_fields",
        "outbound": "outbox_with_text", "media": "media_by_time",
        "uploads": "attachment_waiting_by_time",
        "cleared": "cleared_document_by_time",
        "jobs": "procrastinate_jobs_without_success", "budgets": "budget_account_by_day",
        "calls": "model_call_by_time", "drafts": "version_draft_by_time",
        "files": "project_to_sweep", "views": "trial_view_by_time",
        "audit": "audit_by_time", "shares": "document_with_share",
    }[kind]  # fmt: skip
    assert index in plan


@pytest.mark.lengthy
def test_the_command_tells_size_rows_and_age_of_every_kind(stage: OperationsStage) -> None:
    stage.message(stage.request(closed=True), "delivered", age="11 days")

    kinds = {row["kind"]: row for row in stage.json("data")}

    assert set(kinds) == set(KINDS)
    assert (kinds["outbound"]["rows"], kinds["outbound"]["retention_days"]) == (1, 90)
    assert kinds["outbound"]["size_kb"] > 0
    assert kinds["outbound"]["oldest"] is not None
    assert (kinds["turns"]["rows"], kinds["turns"]["oldest"]) == (0, None)
    assert "outbound" in stage.run("data").stdout
