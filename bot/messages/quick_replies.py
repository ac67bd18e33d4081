"""Questions with answers to tap: up to three as buttons, up to ten as a list.

Whoever cannot tap, or does not like to, types an answer or its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from bot.database.together import Asked, value_of
from bot.languages.i18n import gettext_noop
from bot.languages.normalize import number_in
from telemetry.named_sql import statements

SQL = statements("bot.messages", "quick_replies.sql")

BUTTONS, ITEMS = 3, 10
BUTTON_TITLE, ITEM_TITLE, DESCRIPTION, ID = 20, 24, 72, 200  # characters
LIST_BUTTON = gettext_noop("Choose")  # what is tapped to see a list

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
    for choice in offered:
        if said in {choice["id"].casefold(), choice["title"].casefold()}:
            return choice["id"]
    number = number_in(said) or 0
    return offered[number - 1]["id"] if 0 < number <= len(offered) else None


def asked_for_offered(user_id: str, request_id: UUID) -> Asked[Offered | None]:
    """Asks for the choices in the last message before this request, None if it offered none."""
    values = {"user_id": user_id, "request_id": request_id}
    return Asked(SQL["find_last_offered"], values, value_of)
