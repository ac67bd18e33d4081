"""Contents: messages with buttons or a list, made beforehand, and what users tap on them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

LIMITS = {"quick-reply": 3, "list-picker": 10}

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, kw_only=True)
class Option:
    """A button, or an item of a list."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """What a message offers, or with one option what its sender has tapped, and where."""

    kind: Literal["quick-reply", "list-picker"]
    options: tuple[Option, ...]
    replied_sid: str = ""

    @classmethod
    def parse(cls, details: str | None) -> Self | None:
        """Read it as it is stored."""
        return None if details is None else cls.from_values(json.loads(details))

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Make it of plain values, as JSON holds them."""
        options = tuple(Option(**option) for option in values["options"])
        return cls(kind=values["kind"], options=options, replied_sid=values.get("replied_sid", ""))

    def as_fields(self) -> Mapping[str, str]:
        """The webhook's fields for a tap."""
        option = self.options[0]
        replied = {"OriginalRepliedMessageSid": self.replied_sid} if self.replied_sid else {}
        if self.kind == "quick-reply":
            return {
                **replied,
                "MessageType": "button",
                "ButtonText": option.title,
                "ButtonPayload": option.id,
            }
        return {
            **replied,
            "MessageType": "interactive",
            "ListId": option.id,
            "ListTitle": option.title,
        }


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A Content with its variables filled in."""

    body: str
    interaction: Interaction | None


def render(resource: Mapping[str, Any], variables: Mapping[str, str]) -> Rendered | None:
    """Fill a Content in; None if it is of no type that is known here."""
    values = {**resource["variables"], **variables}

    def fill(text: str) -> str:
        return _VARIABLE.sub(lambda match: str(values.get(match[1], "")), text)

    for name, content in resource["types"].items():
        match name:
            case "twilio/text":
                return Rendered(body=fill(content["body"]), interaction=None)
            case "twilio/quick-reply":
                options = [Option(id=a["id"], title=a["title"]) for a in content["actions"]]
                kind: Literal["quick-reply", "list-picker"] = "quick-reply"
            case "twilio/list-picker":
                options = [
                    Option(id=i["id"], title=i["item"], description=i.get("description") or "")
                    for i in content["items"]
                ]
                kind = "list-picker"
            case _:
                continue
        interaction = Interaction(kind=kind, options=tuple(options))
        return Rendered(body=fill(content["body"]), interaction=interaction)
    return None


def problem(wanted: Mapping[str, Any]) -> str | None:
    """What is wrong with a Content that is to be made, None if nothing is."""
    types = wanted.get("types")
    if not isinstance(types, dict) or not types or not wanted.get("language"):
        return "language and types are required"
    for name, content in types.items():
        if not isinstance(content, dict) or not content.get("body"):
            return f"{name} needs a body"
        offered = content.get("actions") or content.get("items") or []
        limit = LIMITS.get(name.removeprefix("twilio/"))
        if limit is not None and not 0 < len(offered) <= limit:
            return f"{name} takes 1 to {limit} choices"
    return None
