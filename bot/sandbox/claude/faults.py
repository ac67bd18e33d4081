"""Faults on demand: what goes wrong with the next calls."""

from threading import Lock
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal[
    "overloaded",
    "overloaded_mid_stream",
    "cut_stream",
    "no_message_stop",
    "no_json",
    "unknown_block",
    "rate_limit",
    "max_tokens",
    "refusal",
    "context_exceeded",
    "prompt_too_long",
    "unknown_model",
    "server_error",
    "hang",
    "pings_only",
    "nonsense",
    "invalid_request",
    "refused_tool",
    "refused_pictures",
    "whitespace",
    "repeated_ids",
    "silent_end",
    "markdown",
]


class ClaudeFault(BaseModel):
    """A fault for the next `times` calls that fit.

    Only calls of `role` and of `model` fit when they are given, and only after that agent's first
    `after_turns` turns. `retry_after` (seconds) is what a rate limit tells the client, `tool` names
    the one that is refused wherever it is offered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: FaultKind
    times: int = Field(default=1, ge=1)
    role: str | None = None
    after_turns: int = Field(default=0, ge=0)
    retry_after: float = Field(default=1.0, ge=0)
    tool: str | None = None
    model: str | None = None

    def fits(self, role: str, turn: int, model: str) -> bool:
        is_meant = self.role in {None, role} and self.model in {None, model}
        return is_meant and turn > self.after_turns


class ClaudeFaults:
    """The faults that wait for a call, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[ClaudeFault] = []
        self._lock = Lock()

    def add(self, faults: list[ClaudeFault]) -> None:
        with self._lock:
            self._waiting += faults

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[ClaudeFault]:
        with self._lock:
            return list(self._waiting)

    def take(self, role: str, turn: int, model: str) -> ClaudeFault | None:
        """The first fault that fits this call, used up by one."""
        with self._lock:
            for number, fault in enumerate(self._waiting):
                if fault.fits(role, turn, model):
                    left = fault.model_copy(update={"times": fault.times - 1})
                    self._waiting[number : number + 1] = [left] if left.times else []
                    return fault
        return None
