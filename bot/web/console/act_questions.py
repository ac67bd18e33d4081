"""What can be done from the pages: the question that is asked back."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

TYPED = 8  # characters of a user's id that who erases them types


@dataclass(frozen=True, kw_only=True)
class ActKind:
    """An act as it is asked back; `bot.web.console.act_handlers` carries it out.

    `is_grave` where it cannot be undone; `asks` for more than why: what is typed, or an amount.
    """

    question: str
    says: str
    button: str
    is_grave: bool = False
    asks: Literal["", "typed", "amount"] = ""


ACTS: Mapping[str, ActKind] = MappingProxyType(
    {
        "cancel": ActKind(
            question="Cancel this request?",
            says="Its agents stop at once and nothing of it is published; what is written is kept "
            "as a draft. Its user is told, and can go on by “try again”, as you can.",
            button="Cancel the request",
        ),
        "retry": ActKind(
            question="Let this request go on?",
            says="Its build goes on from its last stored turn. Its user is told, and has its app "
            "open again.",
            button="Try again",
        ),
        "resend": ActKind(
            question="Send this message again?",
            says="It goes to the end of its recipient's queue. Should the first attempt arrive "
            "after all, this one is not made.",
            button="Send again",
        ),
        "pause": ActKind(
            question="Pause this?",
            says="The intake: messages are stored and not read, but a stop; who waits for a minute "
            "is told. Sending: what is written waits in the outbox. Builds go on.",
            button="Pause",
        ),
        "resume": ActKind(
            question="Let this go on?",
            says="What has waited is read, or sent, now.",
            button="Go on",
        ),
        "erase": ActKind(
            question="Erase this user?",
            says="Their messages, apps and address are deleted, their builds stop; copies at other "
            "services stay, and are named. It cannot be undone, and they get no goodbye.",
            button="Erase",
            is_grave=True,
            asks="typed",
        ),
        "export": ActKind(
            question="Export this user's app?",
            says="Its files in one document, with what they asked of it in their words.",
            button="Export",
        ),
        "raise-budget": ActKind(
            question="Raise this user's budget for today?",
            says="The day ends at midnight UTC. Builds that wait for it go on.",
            button="Raise",
            asks="amount",
        ),
    }
)
