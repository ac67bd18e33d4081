"""How a message stands after its sender has looked at it."""

from dataclasses import dataclass

from logfire import LogfireSpan

from bot.delivery.states import State
from telemetry.privacy import redact
from telemetry.tracing import end_as_of, mark_failed


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a message stands now, and whether the next one may be looked at.

    `accepted_at` (ns since the epoch) lies before the moment from which on others may hear what
    became of the message, and tell it.
    """

    state: State
    accepted_at: int | None = None
    error_code: int | None = None
    error_message: str | None = None
    goes_on: bool = True

    def note_on(self, span: LogfireSpan) -> None:
        """Tell it on the delivery's span."""
        # Twilio may have said all before we noted that it has the message; read is delivered.
        state = "delivered" if self.state == "read" else self.state
        span.set_attribute("delivery_status", state)
        if self.error_code is not None:
            span.set_attribute("error_code", self.error_code)
        if self.error_message is not None:
            span.set_attribute("error_message", redact(self.error_message))
        if self.state == "failed":
            mark_failed(span, "the message failed")
        if self.accepted_at is not None:
            end_as_of(span, self.accepted_at)
