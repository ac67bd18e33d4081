"""What follows a yes, by the names of `bot.web.console.act_questions`.

Apart from the questions, because all that acting needs is more than a web process is to load before
somebody acts.
"""

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
from bot.operating.user_lookup import WHOLE_ID, UnknownUser
from bot.projects.packing import ZIP
from bot.settings.groups import Settings
from bot.web.console.act_questions import TYPED


@dataclass(frozen=True, kw_only=True)
class ActOrder:
    """An act that is to be carried out: upon what, by whom, and what else the form says."""

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

    @property
    def user_id(self) -> str:
        """The subject as a user. Raises `UnknownUser`."""
        if not WHOLE_ID.fullmatch(self.subject):
            raise UnknownUser
        return self.subject


async def _cancel(order: ActOrder) -> str:
    await requests.cancel(order.connection, order.request_id, order.by)
    return "The request is cancelled, and its user is told."


async def _retry(order: ActOrder) -> str:
    kept = order.settings.retention
    await requests.retry(order.connection, order.request_id, order.by, kept)
    return "The build goes on, and its user is told."


async def _resend(order: ActOrder) -> str:
    if not order.subject.isdecimal() or len(order.subject) > 18:
        raise NotFound
    await resending.resend(order.connection, int(order.subject), order.by)
    return "The message is queued again."


async def _pause(order: ActOrder) -> str:
    await pausing.pause(order.connection, _pausable(order.subject), order.by)
    return f"The {order.subject} is paused."


async def _resume(order: ActOrder) -> str:
    await pausing.resume(order.connection, _pausable(order.subject), order.by)
    return f"The {order.subject} goes on."


def _pausable(subject: str) -> Pausable:
    match subject:
        case "intake" | "sending":
            return subject
        case _:
            raise NotFound


async def _erase(order: ActOrder) -> str:
    if order.typed.strip() != order.subject[:TYPED]:
        raise ActRefused(f"Type the first {TYPED} characters of the user's id to erase them.")
    copies = await users.erase(order.connection, order.user_id, order.by)
    stay = "".join(f" Still there, at {copy.service}: {copy.url}" for copy in copies)
    return f"The user is erased.{stay}"


async def _export(order: ActOrder) -> Response:
    found = await users.export(order.connection, order.user_id, order.by)
    response = Response(found.media.content, mimetype=ZIP)
    name = found.media.file_name
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


async def _raise_budget(order: ActOrder) -> str:
    try:
        usd = Decimal(order.amount.strip().removeprefix("$"))
    except InvalidOperation:
        raise ActRefused("An amount like 5 or 2.50 is needed.") from None
    raised = await users.raise_budget(
        order.connection, order.user_id, usd, order.by, order.settings
    )
    return f"They may have ${raised.usd:,.2f} more today than others; {raised.builds} builds go on."


HANDLERS: Mapping[str, Callable[[ActOrder], Awaitable[str | Response]]] = MappingProxyType(
    {
        "cancel": _cancel,
        "retry": _retry,
        "resend": _resend,
        "pause": _pause,
        "resume": _resume,
        "erase": _erase,
        "export": _export,
        "raise-budget": _raise_budget,
    }
)
"""Each returns what the operator reads then, or a file; raises `TextcrewError` where it cannot."""
