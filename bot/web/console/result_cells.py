"""A value of a query's answer as a reader wants it: ids lead to their pages, times are times."""

import json
import re
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from markupsafe import Markup

from bot.operating.user_lookup import WHOLE_ID
from bot.web.console.formats import moment

LONGEST = 500  # characters of a value that are shown

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)")


def cell(value: Any, column: str) -> Markup:
    """The value of a column, escaped."""
    match value:
        case bool():
            return Markup("true") if value else Markup("false")
        case float():
            return Markup.escape(f"{value:,.6g}")
        case int():
            return Markup.escape(f"{value:,}")
        case dict() | list():
            told = _cut(json.dumps(value, ensure_ascii=False))
            return Markup('<code dir="ltr">{}</code>').format(told)
    text = str(value)
    if _MOMENT.fullmatch(text):
        return moment(datetime.fromisoformat(text))
    if address := _address(text, column):
        return Markup('<a class="mono" href="{}">{}</a>').format(address, text)
    return Markup("<bdi>{}</bdi>").format(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _address(text: str, column: str) -> str | None:
    if column == "request_id" and _is_uuid(text):
        return url_for("console.request_page", request_id=UUID(text))
    if column == "user_id" and WHOLE_ID.fullmatch(text):
        return url_for("console.user_page", user_id=text)
    if column in {"trace_id", "agent_id"}:
        return url_for("console.search", q=text)
    return None


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
