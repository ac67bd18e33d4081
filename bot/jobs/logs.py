"""One line about a database that went away, instead of a traceback from each part of the worker."""

import logging
from collections.abc import Iterable

import psycopg
from procrastinate.exceptions import ConnectorException


def _tells_news(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ConnectorException):
        error = error.__cause__
    return not isinstance(error, psycopg.OperationalError)


def quiet_outage_logs(lanes: Iterable[str]) -> None:
    """Silence what the pool's and the lanes' own loggers say about it; call once per process."""
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    for name in ("procrastinate.utils", *(f"procrastinate.worker.{lane}" for lane in lanes)):
        logging.getLogger(name).addFilter(_tells_news)
