"""Questions with answers to tap: up to three as buttons, up to ten as a list.

Twilio shows them by a Content that was made beforehand. The text is its variable, so that one
Content serves for all messages with the same choices. Whoever cannot tap, or does not like to,
types an answer or its number.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.database.together import Asked, value_of
from bot.languages.i18n import gettext
from telemetry.named_sql import statements

SQL = statements("bot.messages", "quick_replies.sql")

BUTTONS, ITEMS = 3, 10
BUTTON_TITLE, ITEM_TITLE, DESCRIPTION, ID = 20, 24, 72, 200  # characters
BODY_LIMIT = 1024  # characters of the text above them

Offered: TypeAlias = list[dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer. `id` is what choosing it means, as if the user had written that."""

    id: str
    title: str
    description: str = ""


def plain_choices(choices: Sequence[Choice]) -> Offered:
    """The choices as the outbox keeps them. Raises `ValueError` if WhatsApp cannot show them."""
    title_limit = BUTTON_TITLE if len(choices) <= BUTTONS else ITEM_TITLE
    if len(choices) > ITEMS:
        raise ValueError(f"at most {ITEMS} choices")
    for choice in choices:
        if not 0 < len(choice.title) <= title_limit:
            raise ValueError(f"a choice's title has 1 to {title_limit} characters")
        if not 0 < len(choice.id) <= ID or len(choice.description) > DESCRIPTION:
            raise ValueError("a choice's id or description is too long, or there is no id")
    if len({choice.id for choice in choices}) < len(choices):
        raise ValueError("two choices have the same id")
    return [
        {"id": choice.id, "title": choice.title, "description": choice.description}
        for choice in choices
    ]


def as_text(body: str, offered: Offered) -> str:
    """The question for a phone without buttons."""
    lines = [f"{number} - {choice['title']}" for number, choice in enumerate(offered, 1)]
    return "\n".join([body, "", *lines])


def chosen(offered: Offered, answer: str) -> str | None:
    """What an answer means, given as an id, a title or a number; None if it is no answer."""
    said = answer.strip().rstrip(".").casefold()
    for number, choice in enumerate(offered, 1):
        if said in {str(number), choice["id"].casefold(), choice["title"].casefold()}:
            return choice["id"]
    return None


def content_types(offered: Offered) -> Mapping[str, object]:
    """The Content's `types`, as the Content API wants them."""
    if len(offered) <= BUTTONS:
        actions = [{"title": choice["title"], "id": choice["id"]} for choice in offered]
        return {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
    items = [
        {"item": choice["title"], "id": choice["id"], "description": choice["description"]}
        for choice in offered
    ]
    return {"twilio/list-picker": {"body": "{{1}}", "button": gettext("Choose"), "items": items}}


def content_hash(account_sid: str, offered: Offered) -> str:
    """What tells one Content from another."""
    wanted = json.dumps([account_sid, content_types(offered)], sort_keys=True)
    return hashlib.sha256(wanted.encode()).hexdigest()


async def find_content(connection: AsyncConnection, digest: str) -> str | None:
    """Return the SID of the Content that was made for these choices before."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_content"], {"content_hash": digest})
        sid: str | None = await cursor.fetchone()
        return sid


async def keep_content(connection: AsyncConnection, digest: str, sid: str) -> None:
    """Note the Content that was made for these choices."""
    await connection.execute(SQL["keep_content"], {"content_hash": digest, "content_sid": sid})


async def forget_content(connection: AsyncConnection, sid: str) -> None:
    """Note that Twilio has lost a Content; the next message with these choices makes it again."""
    await connection.execute(SQL["forget_content"], {"content_sid": sid})


def asked_for_offered(user_id: str, request_id: UUID) -> "Asked[Offered | None]":
    """Asks for the choices in the last message before this request, None if it offered none."""
    values = {"user_id": user_id, "request_id": request_id}
    return Asked(SQL["find_last_offered"], values, value_of)
