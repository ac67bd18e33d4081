"""What follows a yes, by the names of `bot.web.console.act_kinds`.

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
from bot.web.console.act_kinds import TYPED


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

    @property
    def user_id(self) -> str:
        """The subject as a user. Raises `UnknownUser`."""
        if not WHOLE_ID.fullmatch(self.subject):
            raise UnknownUser
        return self.subject


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
    copies = await users.erase(given.connection, given.user_id, given.by)
    stay = "".join(f" Still there, at {copy.service}: {copy.url}" for copy in copies)
    return f"The user is erased.{stay}"


async def _export(given: Given) -> Response:
    found = await users.export(given.connection, given.user_id, given.by)
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
        given.connection, given.user_id, usd, given.by, given.settings
    )
    return f"They may have ${raised.usd:,.2f} more today than others; {raised.builds} builds go on."


RUNS: Mapping[str, Callable[[Given], Awaitable[str | Response]]] = MappingProxyType(
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
