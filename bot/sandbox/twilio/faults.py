"""Failures on demand, so that tests can see what the product does when Twilio fails."""

from collections.abc import Iterable
from threading import Lock
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Operation = Literal["send", "fetch", "list", "typing", "content", "media", "webhook"]
When = Literal["before", "after", "delivery"]


class TwilioFault(BaseModel):
    """One failure that happens `times` times.

    - `before` / `after` accepting a request: answer with the HTTP `status` and Twilio's `code`,
      wait `hang_seconds` first, or `drop` the connection without an answer. After accepting, the
      message goes out although its sender is told otherwise.
    - `before` the `webhook` of a message from a user, `drop` loses it: Twilio has the message, and
      nobody tells the bot.
    - at `delivery`: the message is accepted and ends with `outcome` and `code`, or its status
      callbacks are sent in reverse order, twice each, or not at all.

    `to` and `containing` narrow it to one recipient, and to messages with these words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: When = "before"
    operation: Operation = "send"
    to: str | None = None
    containing: str = ""
    times: int = Field(default=1, ge=1)
    status: int | None = Field(default=None, ge=400, le=599)
    code: int | None = None
    hang_seconds: float = Field(default=0, ge=0, le=600)
    drop: bool = False
    outcome: Literal["undelivered", "failed"] = "undelivered"
    callbacks: Literal["in_order", "reversed", "doubled", "none"] = "in_order"

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        answers = bool(self.status or self.code or self.hang_seconds or self.drop)
        delivers = bool(self.code) or self.callbacks != "in_order"
        if not (delivers if self.when == "delivery" else answers):
            raise ValueError("the fault would do nothing")
        return self

    @property
    def http_status(self) -> int | None:
        """The HTTP status of the answer; None when the request is answered as usual."""
        if self.status is not None or self.code is None:
            return self.status
        return {20429: 429, 20003: 401}.get(self.code, 400)


class TwilioFaults:
    """The faults that are still to happen, first come first served. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: list[TwilioFault] = []

    def add(self, faults: Iterable[TwilioFault]) -> None:
        with self._lock:
            self._pending.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def pending(self) -> list[TwilioFault]:
        with self._lock:
            return list(self._pending)

    def take(
        self, when: When, operation: Operation, to: str | None, body: str = ""
    ) -> TwilioFault | None:
        """Use up one occurrence of the first fault that fits."""
        with self._lock:
            for index, fault in enumerate(self._pending):
                fits = fault.when == when and fault.operation == operation
                if not fits or fault.to not in {None, to} or fault.containing not in body:
                    continue
                if fault.times > 1:
                    left = fault.model_copy(update={"times": fault.times - 1})
                    self._pending[index] = left
                else:
                    del self._pending[index]
                return fault
        return None
