"""Applies the numbered migrations in `bot/database/migrations`, with yoyo.

yoyo reads, orders and records them; we hold the lock, because yoyo's is a row that a killed process
leaves behind, and we put a migration and its record in one transaction, because between yoyo's two
a killed process would leave a migration that can never be applied again.
"""

from importlib.resources import as_file, files

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import MigrationList, default_migration_table

from telemetry.named_sql import statements

SQL = statements("bot.database", "migrate.sql")


def migrate(url: str) -> list[str]:
    """Apply what is pending and return the ids; any number of processes may do so at once.

    Rights are mended each time: a dump that was restored without its owners has lost them.
    """
    with psycopg.connect(url) as guard:
        guard.execute(SQL["lock_migrations"])
        with _backend(url) as backend:
            backend.break_lock()
            backend.ensure_internal_schema_updated()
            pending = list(backend.to_apply(_migrations()))
            for migration in pending:
                with backend.transaction():
                    migration.process_steps(backend, "apply")
                    backend.mark_one(migration, log=False)
            guard.execute(SQL["admit_reader"])
            return [migration.id for migration in pending]


def pending(url: str) -> list[str]:
    """Return the ids that `migrate` would apply, changing nothing."""
    with psycopg.connect(url, autocommit=True) as connection:
        applied: set[str] = set()
        if connection.execute(SQL["has_record"]).fetchone() == (True,):
            applied = {id for (id,) in connection.execute(SQL["applied_ids"])}
    return [migration.id for migration in _migrations() if migration.id not in applied]


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
