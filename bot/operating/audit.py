"""The audit: who did what to which request, message, user or job, when, and why.

A row is written in the transaction of the act itself, so there is none without the other. Subjects
are ids, but for what is paused and the links of copies that are left at other services. A name and
a reason are an operator's words, so addresses are taken out of them.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row

from bot.errors import ActRefused
from telemetry.named_sql import statements

SQL = statements("bot.operating", "audit.sql")

# Numbers in whatever form users are looked up by them, and the ids that stand for numbers.
_CONTACTS = re.compile(
    r"(?:\+|\b00)\d(?:[\s()./\-\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*\d){6,14}"
    r"|\b[A-Z]{2}\.\d[0-9A-Za-z]{5,}"
)
_NOT_IN_IDS = re.compile(r"[^0-9A-Za-z-]")

LONGEST_NAME = 60  # characters
LONGEST_REASON = 500
LAST = 100  # requests, and messages, of a user of which acts are looked for


class Action(StrEnum):
    """What operators do, and what is left for them to do."""

    CANCEL = "cancel"
    RETRY = "retry"
    RESEND = "resend"
    PAUSE = "pause"
    RESUME = "resume"
    ERASE = "erase"
    EXPORT = "export"
    RAISE_BUDGET = "raise_budget"
    SHOW_WORDS = "show_words"
    LEAVE_COPY = "leave_copy"  # noted by `leave_copies` in the database
    RETRY_JOB = "retry_job"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who acts, and why.

    Raises `ActRefused` for a name or a reason that is empty or too long to be one.
    """

    name: str
    reason: str

    def __post_init__(self) -> None:
        from telemetry.privacy import redact  # here, because not every listing needs all behind it

        for what, given, longest in (
            ("name", self.name, LONGEST_NAME),
            ("reason", self.reason, LONGEST_REASON),
        ):
            told = _CONTACTS.sub("[address]", redact(given))
            told = " ".join(told.replace("\0", " ").split())  # no database keeps a NUL
            if not told or len(told) > longest:
                raise ActRefused(f"A {what} of at most {longest} characters is needed.")
            object.__setattr__(self, what, told)


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One act, as it was noted."""

    audit_id: int
    at: datetime
    operator: str
    action: str
    subject: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Which acts are meant; None is any.

    `subject` is an id, of requests and users the beginning is enough, the link of a copy, what was
    paused, or all of what a row names.
    """

    operator: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None


async def note(connection: AsyncConnection, by: Operator, action: Action, subject: str) -> None:
    """Put an act on record, in the caller's transaction."""
    await connection.execute(
        SQL["note_act"],
        {"operator": by.name, "action": action, "subject": subject, "reason": by.reason},
    )


def list_acts(connection: Connection, which: AuditFilter, *, limit: int = 50) -> list[AuditRow]:
    """The latest acts, newest first."""
    with connection.cursor(row_factory=class_row(AuditRow)) as cursor:
        begun = _NOT_IN_IDS.sub("", which.subject or "") or None
        cursor.execute(SQL["list_acts"], {**vars(which), "id": begun, "limit": limit})
        return cursor.fetchall()


def list_acts_about(connection: Connection, user_id: str, *, limit: int) -> list[AuditRow]:
    """The latest acts about a user, newest first: to them, their last requests and messages."""
    with connection.cursor(row_factory=class_row(AuditRow)) as cursor:
        given = {"user_id": user_id, "last": LAST, "limit": limit}
        return cursor.execute(SQL["list_acts_about"], given).fetchall()
