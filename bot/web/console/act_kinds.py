"""What can be done from the pages: the question that is asked back, and what then happens."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from uuid import UUID

from flask import Response
from psycopg import AsyncConnection

from bot.errors import ActRefused, NotFound
from bot.operating import pausing, requests, resending, users
from bot.operating.audit import Operator
from bot.operating.pauses import Pausable
from bot.projects.packing import ZIP
from bot.settings.groups import Settings

TYPED = 8  # characters of a user's id that who erases them types


@dataclass(frozen=True, kw_only=True)
class Given:
    """One act that is to be carried out: upon what, by whom, and what else the form says."""

    connection: AsyncConnection
    settings: Settings
    subject: str
    by: Operator
    typed: str
    amount: str

    @property
    def request_id(self) -> UUID:
        """The subject as a request. Raises `NotFound`."""
        try:
            return UUID(self.subject)
        except ValueError:
            raise NotFound from None


@dataclass(frozen=True, kw_only=True)
class ActKind:
    """An act as it is asked back.

    `run` returns what the operator reads then, or a file. `is_grave` where it cannot be undone;
    `asks` for more than why: what is typed, or an amount.
    """

    question: str
    says: str
    button: str
    run: Callable[[Given], Awaitable[str | Response]]
    is_grave: bool = False
    asks: str = ""


async def _cancel(given: Given) -> str:
    await requests.cancel(given.connection, given.request_id, given.by)
    return "The request is cancelled, and its user is told."


async def _retry(given: Given) -> str:
    kept = given.settings.retention
    await requests.retry(given.connection, given.request_id, given.by, kept)
    return "The build goes on, and its user is told."


async def _resend(given: Given) -> str:
    if not given.subject.isdecimal() or len(given.subject) > 18:
        raise NotFound
    await resending.resend(given.connection, int(given.subject), given.by)
    return "The message is queued again."


async def _pause(given: Given) -> str:
    await pausing.pause(given.connection, _pausable(given.subject), given.by)
    return f"The {given.subject} is paused."


async def _resume(given: Given) -> str:
    await pausing.resume(given.connection, _pausable(given.subject), given.by)
    return f"The {given.subject} goes on."


def _pausable(subject: str) -> Pausable:
    match subject:
        case "intake" | "sending":
            return subject
        case _:
            raise NotFound


async def _erase(given: Given) -> str:
    if given.typed.strip() != given.subject[:TYPED]:
        raise ActRefused(f"Type the first {TYPED} characters of the user's id to erase them.")
    await users.erase(given.connection, given.subject, given.by)
    return "The user is erased."


async def _export(given: Given) -> Response:
    found = await users.export(given.connection, given.subject, given.by)
    response = Response(found.media.content, mimetype=ZIP)
    name = found.media.file_name
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


async def _raise_budget(given: Given) -> str:
    try:
        usd = Decimal(given.amount.strip().removeprefix("$"))
    except InvalidOperation:
        raise ActRefused("An amount like 5 or 2.50 is needed.") from None
    raised = await users.raise_budget(
        given.connection, given.subject, usd, given.by, given.settings
    )
    return f"They may have ${raised.usd:,.2f} more today than others; {raised.builds} builds go on."


ACTS: Mapping[str, ActKind] = MappingProxyType(
    {
        "cancel": ActKind(
            question="Cancel this request?",
            says="Its agents stop at once and nothing of it is published; what is written is kept "
            "as a draft. Its user is told, and can go on by “try again”, as you can.",
            button="Cancel the request",
            run=_cancel,
        ),
        "retry": ActKind(
            question="Let this request go on?",
            says="Its build goes on from its last stored turn. Its user is told.",
            button="Try again",
            run=_retry,
        ),
        "resend": ActKind(
            question="Send this message again?",
            says="It goes to the end of its recipient's queue. Should the first attempt arrive "
            "after all, this one is not made.",
            button="Send again",
            run=_resend,
        ),
        "pause": ActKind(
            question="Pause this?",
            says="The intake: messages are stored and not read, but a stop; who waits for a minute "
            "is told. Sending: what is written waits in the outbox. Builds go on.",
            button="Pause",
            run=_pause,
        ),
        "resume": ActKind(
            question="Let this go on?",
            says="What has waited is read, or sent, now.",
            button="Go on",
            run=_resume,
        ),
        "erase": ActKind(
            question="Erase this user?",
            says="Their messages, apps and address are deleted, their builds stop. It cannot be "
            "undone, and they get no goodbye.",
            button="Erase",
            run=_erase,
            is_grave=True,
            asks="typed",
        ),
        "export": ActKind(
            question="Export this user's app?",
            says="Its files in one document, with what they asked of it in their words.",
            button="Export",
            run=_export,
        ),
        "raise-budget": ActKind(
            question="Raise this user's budget for today?",
            says="The day ends at midnight UTC. Builds that wait for it go on.",
            button="Raise",
            run=_raise_budget,
            asks="amount",
        ),
    }
)
