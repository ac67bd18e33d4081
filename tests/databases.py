"""Databases of a test's own on the session's server."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.kept_connection import KeptConnection

TEMPLATE = "template_migrated"
ADMIN = KeptConnection()


@contextmanager
def database_copy(server_url: str) -> Iterator[str]:
    """A migrated database."""
    with new_database(server_url, template=TEMPLATE) as url:
        yield url


@contextmanager
def new_database(server_url: str, *, template: str | None) -> Iterator[str]:
    """A database that is dropped at the end; one without any table unless a template is given."""
    name = "test_" + secrets.token_hex(6)
    create_database(server_url, name, template=template)
    yield named(server_url, name)
    ADMIN.execute(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def create_database(server_url: str, name: str, *, template: str | None = None) -> None:
    """Create it; where the server's files are in memory, copying them costs least."""
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(template or "template1")
    )
    ADMIN.execute(server_url, command)


def database_in(url: str) -> str:
    """The name of the URL's database."""
    return urlsplit(url).path.removeprefix("/")


def named(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def stopped_clock(url: str, moment: datetime) -> str:
    """The URL of the same database for which it is always `moment`, wherever SQL says `now()`."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA stopped_clock")
        admin.execute(
            sql.SQL(
                "CREATE FUNCTION stopped_clock.now() RETURNS timestamptz"
                " LANGUAGE sql STABLE AS $$ SELECT {}::timestamptz $$"
            ).format(sql.Literal(moment.isoformat()))
        )
    path = "-c search_path=stopped_clock,pg_catalog,public"
    return make_conninfo(url, options=path)


def refuse_writes(url: str, *, refuse: bool) -> None:
    """Let new connections read only, and end those that there are."""
    name = sql.Identifier(urlsplit(url).path.lstrip("/"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        statement = "ALTER DATABASE {} SET default_transaction_read_only = {}"
        connection.execute(sql.SQL(statement).format(name, sql.Literal(refuse)))
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
