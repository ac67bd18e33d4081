"""The journal of calls, by which tests prove what was asked, how often, and how it ended."""

import time
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import Literal

from bot.sandbox.claude.problems import Json

Operation = Literal["stream", "create", "count_tokens"]
Outcome = Literal["running", "completed", "client_gone", "broken_off", "refused"]


@dataclass(kw_only=True)
class CallRecord:
    """One call of `/v1/messages` or `/count_tokens`.

    Two completed calls with one `prompt_sha256` are one turn paid twice; `frozen_sha256` covers
    tools and system prompt only; `pictures` and `papers` were shown. `outcome` is `refused` for an
    error before the stream (`status` and `error` tell which), `broken_off` for a stream that a
    fault ended, `client_gone` for one whose client went away. `body` is the request as it came in,
    where the journal keeps bodies.
    """

    number: int
    operation: Operation
    role: str
    model: str
    turn: int
    system_first_line: str
    frozen_sha256: str
    prompt_sha256: str
    pictures: int = 0
    papers: int = 0
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    outcome: Outcome = "running"
    status: int = 200
    error: str | None = None
    fault: str | None = None
    message_id: str | None = None
    tools_called: list[str] = field(default_factory=list)
    stop_reason: str | None = None
    usage: Json | None = None
    body: bytes | None = field(default=None, repr=False)

    def end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.ended_at = time.time()


class Journal:
    """All calls since the start or the last `clear`, oldest first."""

    def __init__(self, *, keeps_bodies: bool = False) -> None:
        self.keeps_bodies = keeps_bodies
        self._calls: list[CallRecord] = []
        self._lock = Lock()
        self._last = 0

    def next_number(self) -> int:
        with self._lock:
            self._last += 1
            return self._last

    def add(self, call: CallRecord) -> None:
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def as_json(self) -> list[Json]:
        with self._lock:
            return [asdict(replace(call, body=None)) for call in self._calls]

    def count(self, role: str) -> int:
        """How often a role has asked."""
        with self._lock:
            return sum(call.role == role for call in self._calls)

    def answered(self) -> list[CallRecord]:
        """The calls that were answered to their end."""
        with self._lock:
            return [call for call in self._calls if call.outcome == "completed" and call.usage]
