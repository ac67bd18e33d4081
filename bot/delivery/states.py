"""The states of a message in the outbox (`bot.delivery.outbox` says what each means)."""

from typing import Literal

State = Literal[
    "queued",
    "sending",
    "uncertain",
    "sent",
    "delivered",
    "read",
    "failed",
    "suppressed",
    "waiting_for_window",
]
