"""No tracebacks in the worker's log of what is no fault of it.

A database that went away is told in one line, and a job that moves on to another queue in none.
"""

import logging
from collections.abc import Iterable

from procrastinate.exceptions import ConnectorException

from bot.database.outage import OUTAGE
from bot.errors import MovesOn


def _tells_news(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ConnectorException):
        error = error.__cause__
    return not isinstance(error, (*OUTAGE, MovesOn))


def quiet_outage_logs(lanes: Iterable[str]) -> None:
    """Silence what the pool's and the lanes' own loggers say of it; call once per process."""
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    for name in ("procrastinate.utils", *(f"procrastinate.worker.{lane}" for lane in lanes)):
        logging.getLogger(name).addFilter(_tells_news)
