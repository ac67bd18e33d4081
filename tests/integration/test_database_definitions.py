"""The functions of the database are those in their files, whatever it had before."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import scalar_row

from bot.database.definitions import FOLDERS, definitions, definitions_id
from bot.database.migrate import migrate, pending
from tests.schema_dump import schema_of

# Their types, operators, casts and aggregates stand in a migration, and so do they.
OF_TYPES = re.compile(
    r"level_num|level_name|record_level_\w\w|percentile_of|approx_percentile_cont"
)

DEFINED = re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|AGGREGATE|VIEW|TRIGGER) ([\w.]+)")
MIGRATIONS = Path(__file__).parents[2] / "bot" / "database" / "migrations"

BODY = re.compile(r"AS \$\$(.*)\$\$", re.DOTALL)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def test_each_function_is_the_one_in_its_file_and_there_is_no_other(connection: Connection) -> None:
    found = connection.execute(
        """
        SELECT CASE nspname WHEN 'public' THEN proname ELSE nspname || '.' || proname END, prosrc
        FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE nspname NOT IN ('pg_catalog', 'information_schema')
          AND NOT starts_with(proname, 'procrastinate_')
        """
    ).fetchall()

    files = [
        (each.name, body[1])
        for each in definitions("functions")
        if (body := BODY.search(each.text))
    ]
    assert sorted(row for row in found if not OF_TYPES.fullmatch(row[0])) == files


@pytest.mark.parametrize(
    "migration", sorted(MIGRATIONS.glob("[0-9]*.*")), ids=lambda file: file.stem
)
def test_a_migration_defines_nothing_that_has_its_file(migration: Path) -> None:
    defined = {name for name in DEFINED.findall(migration.read_text()) if name != "record_level_"}

    assert not {name for name in defined if not OF_TYPES.fullmatch(name)}


def test_each_view_and_trigger_is_one_with_a_file(connection: Connection) -> None:
    found = connection.cursor(row_factory=scalar_row).execute(
        """
        SELECT 'view ' || viewname FROM pg_views WHERE schemaname IN ('public', 'telemetry')
        UNION
        SELECT 'trigger ' || tgname FROM pg_trigger
        WHERE NOT tgisinternal AND NOT starts_with(tgname, 'procrastinate_')
        """
    )

    views = {f"view {each.name.partition('.')[2]}" for each in definitions("views")}
    assert set(found) == views | {f"trigger {each.name}" for each in definitions("triggers")}


def test_every_body_goes_with_the_tables(connection: Connection) -> None:
    validators = connection.execute(
        """
        SELECT lanvalidator::regproc::text, pg_proc.oid
        FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
        WHERE pronamespace IN ('public'::regnamespace, 'telemetry'::regnamespace) AND prokind = 'f'
        """
    ).fetchall()

    assert {name for name, _ in validators} == {"fmgr_sql_validator", "plpgsql_validator"}
    for name, function in validators:
        connection.execute(f"SELECT {name}(%s)".encode(), [function])


def test_what_somebody_changed_by_hand_is_put_right(
    connection: Connection, database_url: str
) -> None:
    schema = schema_of(database_url)
    connection.execute(
        "CREATE OR REPLACE FUNCTION lanes_of(_user_id text) RETURNS text[]"
        " LANGUAGE sql IMMUTABLE AS $$ SELECT ARRAY['user:' || _user_id] $$"
    )

    assert migrate(database_url) == []
    assert schema_of(database_url) == schema


def test_a_new_form_takes_the_place_of_any_earlier_one(
    connection: Connection, database_url: str
) -> None:
    schema = schema_of(database_url)
    connection.execute(
        """
        DROP FUNCTION accept_message;
        CREATE FUNCTION accept_message(_message_sid text, _user_id text DEFAULT NULL) RETURNS uuid
            LANGUAGE sql AS 'SELECT NULL::uuid';
        DROP FUNCTION lanes_of;
        CREATE FUNCTION lanes_of(_user text) RETURNS text LANGUAGE sql AS 'SELECT $1';
        DROP TRIGGER reopen_window ON contact;
        CREATE TRIGGER reopen_window BEFORE UPDATE ON contact
            FOR EACH ROW EXECUTE FUNCTION reopen_window();
        DROP VIEW spans;
        UPDATE _yoyo_migration SET migration_id = split_part(migration_id, '.', 1) || '.of_before',
                                   migration_hash = migration_id
        WHERE migration_id NOT LIKE '0%';
        """
    )

    news = [definitions_id(folder) for folder in FOLDERS]
    assert pending(database_url) == news
    assert migrate(database_url) == news
    assert schema_of(database_url) == schema


def test_a_program_of_before_finds_its_functions_recorded(
    connection: Connection, database_url: str
) -> None:
    connection.execute(
        "INSERT INTO _yoyo_migration (migration_id, migration_hash, applied_at_utc)"
        " VALUES ('functions.of_later', 'later', now() + interval '1 day')"
    )

    assert pending(database_url) == []  # it serves on until it is restarted
    assert migrate(database_url) == [definitions_id("functions")]  # or is to stay


def test_functions_may_be_defined_while_they_are_in_use(database_url: str) -> None:
    def work() -> None:
        with psycopg.connect(database_url, autocommit=True) as worker:
            for number in range(300):
                worker.execute("SELECT enqueue_job('build', 'run', %s, '{}')", [str(number)])

    with ThreadPoolExecutor(2) as threads:
        working = threads.submit(work)
        while not working.done():
            migrate(database_url)
        working.result()
