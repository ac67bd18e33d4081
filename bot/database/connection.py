"""Where the database is.

A command asks no more: what starts a server is imported where it is started.
"""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.database.applied import applied_ids
from bot.errors import ConfigurationError
from bot.settings.development import HOME
from bot.settings.groups import Settings

PROBE = 5  # seconds that a look at the configured database waits for it

_fit: set[str] = set()  # the databases that this process has looked at


def database_url(settings: Settings) -> str:
    """Return the configured database, or start the embedded one and return that.

    Raises `DatabaseUnavailable` if the embedded server does not start, and `ConfigurationError` if
    the database cannot keep what users write, or is older than our first migration. One that is
    away is met by the caller.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    else:
        url = embedded_database_url()
    if url not in _fit:
        _look_at(url)
    return url


def _look_at(url: str) -> None:
    patience = conninfo_to_dict(url).get("connect_timeout", PROBE)
    try:
        with psycopg.connect(make_conninfo(url, connect_timeout=patience)) as connection:
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise ConfigurationError(
                    f"The database that DATABASE_URL names is encoded in {encoding} and cannot "
                    "keep every language; make one with: CREATE DATABASE … ENCODING 'UTF8' "
                    "TEMPLATE template0."
                )
            applied_ids(connection)
    except psycopg.OperationalError:
        return
    _fit.add(url)


def embedded_database_url() -> str:
    """Start the embedded server under `.textcrew/` unless it runs, and return its URL.

    It lives while this process lives. Raises `DatabaseUnavailable` if it does not start.
    """
    from bot.database import embedded

    HOME.mkdir(mode=0o700, exist_ok=True)
    embedded.allow_passage(HOME)
    return embedded.start(HOME / "postgres")
