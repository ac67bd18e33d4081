"""What a reader with the token of `POST /v2/query` tries, as a list to add to."""

import json
from functools import partial

import pytest
import requests

from tests.acceptance.stack import Stack, eventually

TOKEN = "acceptance-operator-token"
SECRET = "the text of a message that no reader may see"

# Every one is refused by PostgreSQL itself, whoever asks and however it is put.
HOSTILE = [
    "SELECT * FROM contact",
    "SELECT * FROM public.inbound_message",
    "SELECT content FROM blob",
    "SELECT * FROM telemetry.record",
    "SELECT query_to_xml('SELECT * FROM contact', true, false, '')",
    "SELECT table_to_xml('contact', true, false, '')",
    "SELECT set_config('role', 'postgres', false)",
    "SELECT set_config('role', 'none', true), table_to_xml('contact', true, true, '')",
    "SELECT set_config('session_authorization', 'postgres', false)",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT set_config('search_path', 'public', false), database_to_xml(true, false, '')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_server_files('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_create(0)",
    "SELECT lo_get(1)",
    "SELECT * FROM pg_authid",
    "SELECT * FROM dblink('', 'SELECT 1') AS t (a int)",
    "SELECT nextval('outbox_id_seq')",
    "SELECT enqueue_job('delivery', 'deliver', 'x', '{}')",
    "SELECT telemetry.query('SELECT * FROM contact', 1, 1)",
    "SELECT telemetry.admit_reader()",
    "SELECT pg_reload_conf()",
    "SELECT 1; DELETE FROM contact",
    "SELECT 1) AS a (c1); DELETE FROM contact; SELECT (1",
    "SELECT 1) AS a (c1) LIMIT 1; COMMIT; DELETE FROM contact; --",
    "WITH gone AS (DELETE FROM contact RETURNING *) SELECT * FROM gone",
    "SELECT * INTO stolen FROM contact",
    "SELECT * FROM records FOR UPDATE",
    "COPY contact TO PROGRAM 'id'",
    "DELETE FROM contact",
    "DO $$ BEGIN DELETE FROM contact; END $$",
    "EXPLAIN ANALYZE DELETE FROM contact",
    "SET ROLE postgres",
    "RESET ROLE",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_restore_point('x')",
    "SELECT * FROM pg_stat_statements",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT body FROM inbound_message",
    "SELECT fields_encrypted FROM public.inbound_message",
    "SELECT * FROM procrastinate_jobs",
    "SELECT data FROM document",
    "SELECT count(*) FROM outbox",
    "VALUES (1) /*",
    "-- nothing",
    "",
]
# More memory than any answer needs.
TOO_MUCH = [
    "SELECT string_agg(repeat('x', 1000000), '') AS all_of_it FROM generate_series(1, 900)",
    "SELECT repeat('x', 1000000000) AS wide",
    "SELECT repeat('x', 1000000) AS wide FROM generate_series(1, 60)",
]


def ask(stack: Stack, query: str) -> requests.Response:
    return requests.post(
        f"{stack.public_url}/v2/query",
        json={"sql": query, "min_timestamp": "2026-01-01T00:00:00Z"},
        headers={"Authorization": TOKEN},
        timeout=30,
    )


def test_no_query_reads_or_changes_what_is_not_for_readers(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(SECRET)
    phone.wait_for(lambda m: m.direction == "outbound", 30)

    for query in HOSTILE:
        answer = ask(stack, query)
        assert answer.status_code == 400, query
        assert json.loads(answer.text)["detail"], query
        assert SECRET not in answer.text, query

    assert [row["body"] for row in stack.rows("SELECT body FROM inbound_message")] == [SECRET]
    assert stack.rows("SELECT FROM contact") != []
    assert ask(stack, "SELECT 1 AS one").json()["data"] == [{"one": 1}]


@pytest.mark.lengthy
def test_no_query_takes_gigabytes_and_messages_are_answered_after_it(stack: Stack) -> None:
    for query in TOO_MUCH:
        (answer,) = eventually(partial(answers_in_turn, stack, query), "it is answered")
        assert answer.status_code == 400, query
        assert answer.elapsed.total_seconds() < 12, query
    phone = stack.phone()
    phone.say("help")
    phone.wait_for(lambda m: "status" in m.body, 30)


def answers_in_turn(stack: Stack, query: str) -> list[requests.Response]:
    """The answer, or none while the query before it is still being ended."""
    answer = ask(stack, query)
    return [] if answer.status_code == 429 else [answer]
