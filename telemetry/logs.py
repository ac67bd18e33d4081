"""Standard logging: to stderr as lines, and to Logfire inside the span where it happens."""

import logging
import sys
from typing import TYPE_CHECKING

from logfire.integrations.logging import LogfireLoggingHandler

from telemetry.privacy import redact, stacktrace
from telemetry.visible import visible

if TYPE_CHECKING:
    from logging import _SysExcInfoType as SysExcInfoType

# Loggers that say at `log_level` what they do. Libraries speak from WARNING up: below that,
# some of them log whole requests.
OUR_LOGGERS = ("bot", "handoffs", "telemetry")

TEMPLATE = "logfire.msg_template"  # the attribute that Logfire names a record by

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _RedactedLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(redact(super().format(record)))

    def formatException(self, ei: "SysExcInfoType") -> str:  # noqa: N802  # logging calls it so
        return stacktrace(ei[1]).rstrip() if ei[1] else ""


class _RedactedRecords(LogfireLoggingHandler):
    """Sends the filled-in message, and as the record's name the template, which has no id in it.

    The arguments may hold what must not be sent; so may a template, if a library has filled it in.
    """

    def emit(self, record: logging.LogRecord) -> None:
        changed = {
            "msg": redact(record.getMessage()),
            "args": None,
            TEMPLATE: redact(str(record.msg)),
        }
        super().emit(logging.makeLogRecord({**record.__dict__, **changed}))


def log_to_stderr(log_level: str) -> None:
    """Write log lines to stderr, unless the process has set up logging for itself."""
    root = logging.getLogger()
    for name in OUR_LOGGERS:
        logging.getLogger(name).setLevel(log_level)
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_RedactedLines(FORMAT))
        root.addHandler(handler)


def log_to_logfire() -> None:
    """Send log records to Logfire as well."""
    logging.getLogger().addHandler(_RedactedRecords(fallback=logging.NullHandler()))
