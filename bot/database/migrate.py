"""Brings the database to the newest schema: the numbered migrations in `bot/database/migrations`,
with yoyo, and the functions, views and triggers as they are now (`bot.database.definitions`).

yoyo reads, orders and records migrations; we hold the lock, because yoyo's is a row that a killed
process leaves behind. All that is new becomes visible in one transaction, with its record: nobody
meets tables with functions of another version, and a killed process leaves nothing half done.
"""

from importlib.resources import as_file, files

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import Migration, MigrationList, default_migration_table

from bot.database.applied import applied_ids
from bot.database.definitions import FOLDERS, define, definitions_id
from telemetry.named_sql import statements

SQL = statements("bot.database", "migrate.sql")


def migrate(url: str) -> list[str]:
    """Apply what is pending and return the ids; any number of processes may do so at once.

    Functions and rights are fixed each time: somebody may have changed a function by hand, and a
    dump that was restored without its owners has lost its rights. Raises `DatabaseTooOld`.
    """
    with psycopg.connect(url) as guard:
        guard.execute(SQL["lock_migrations"])
        with _backend(url) as backend:
            applied_ids(backend.connection)
            backend.break_lock()
            backend.ensure_internal_schema_updated()
            with backend.transaction():
                applied = _apply(backend)
            guard.execute(SQL["admit_reader"])
            return applied


def pending(url: str) -> list[str]:
    """Return the ids that `migrate` would apply, changing nothing. Raises `DatabaseTooOld`."""
    with psycopg.connect(url, autocommit=True) as connection:
        applied = applied_ids(connection)
    ids = [*(migration.id for migration in _migrations()), *map(definitions_id, FOLDERS)]
    return [id for id in ids if id not in applied]


def _apply(backend: PostgresqlPsycopgBackend) -> list[str]:
    """Apply what is new, and functions in any case; they lock nothing that others need."""
    migrations = list(backend.to_apply(_migrations()))
    for migration in migrations:
        migration.process_steps(backend, "apply")
        backend.mark_one(migration, log=False)
    ids = [migration.id for migration in migrations]
    connection = backend.connection
    for folder in FOLDERS:
        newest = connection.execute(SQL["newest_of_folder"], {"folder": folder}).fetchone()
        is_news = newest != (definitions_id(folder),)
        if is_news or migrations or folder == "functions":
            define(connection, folder)
        if is_news:
            connection.execute(SQL["forget"], {"id": definitions_id(folder)})
            backend.mark_one(Migration(definitions_id(folder), "", ""), log=False)
            ids.append(definitions_id(folder))
    return ids


def _migrations() -> MigrationList:
    with as_file(files("bot.database") / "migrations") as folder:
        return read_migrations(str(folder))


def _backend(url: str) -> PostgresqlPsycopgBackend:
    """Connect yoyo, leaving it to psycopg to read the URL (sockets, options, several hosts)."""
    options = conninfo_to_dict(url)
    database = options.pop("dbname", None)
    uri = DatabaseURI("postgresql+psycopg", None, None, None, None, database, options)
    backend = PostgresqlPsycopgBackend(uri, default_migration_table)
    backend.init_database()
    return backend
