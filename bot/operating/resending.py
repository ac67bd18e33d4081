"""Sending a message again that was given up: at most one of it reaches its recipient.

What is sent again is owed (`bot.delivery.outbox`), so all that holds for such a message holds for
it: a callback of an earlier attempt that says it arrived after all ends it, news that is none any
more is not sent, and beyond the 24 hours it waits or goes out as a template. One that nobody knows
the fate of is looked for at Twilio first.
"""

from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.delivery.retry_policy import BACKOFFS
from bot.delivery.states import State
from bot.errors import ActRefused, NotFound
from bot.operating.audit import Action, Operator, note
from bot.operating.reach import why_unheard
from bot.twilio.error_codes import ErrorClass
from telemetry.named_sql import statements

SQL = statements("bot.operating", "resending.sql")

# Why a message in this state is not sent again.
_REFUSALS: dict[State, str] = {
    "queued": "It is on its way already.",
    "sending": "It is on its way already.",
    "uncertain": "It is on its way already.",
    "sent": "It is sent; whether it arrives is not known yet.",
    "delivered": "It was delivered.",
    "read": "It was delivered, and read.",
    "suppressed": "It was withdrawn, or no message reaches its user.",
    "waiting_for_window": "It goes out as soon as its user writes: the 24 hours are over.",
}


@dataclass(frozen=True, kw_only=True)
class _Failed:
    state: State
    suppressed_reason: str | None
    is_still_true: bool
    has_text: bool
    carried_by: int | None


async def resend(connection: AsyncConnection, message_id: int, by: Operator) -> None:
    """Queue a failed message again. Raises `NotFound`, or `ActRefused` with why it is not."""
    async with connection.transaction():
        async with connection.cursor(row_factory=class_row(_Failed)) as cursor:
            await cursor.execute(SQL["lock_message"], {"id": message_id})
            message = await cursor.fetchone()
        if message is None:
            raise NotFound
        if why := _why_not(message):
            raise ActRefused(why)
        attempts = BACKOFFS[ErrorClass.AMBIGUOUS].attempts
        await connection.execute(SQL["queue_again"], {"id": message_id, "attempts": attempts})
        await note(connection, by, Action.RESEND, f"message:{message_id}")


def _why_not(message: _Failed) -> str | None:
    if message.carried_by is not None:
        return f"Its text went with message {message.carried_by}: send that again."
    if message.state != "failed":
        return _REFUSALS[message.state]
    if why := why_unheard(message.suppressed_reason):
        return why
    if not message.is_still_true:
        return "What it says is no news any more: the user has gone on."
    if not message.has_text:
        return "Its text is no longer kept."
    return None
