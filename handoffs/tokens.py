"""Tokens of an agent: what it has spent, how full its context is, and how much of it is left.

Spend is the sum over every call. Occupancy is the last call alone, because each call sends the
whole conversation again; only occupancy tells when the context window fills up. All numbers are
tokens unless they say otherwise.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from handoffs.errors import InvalidBudget

SMALLEST_BUDGET = 2_000
BYTES_PER_TOKEN = 3  # on the careful side; code and prose have 3.5 to 4.5 bytes a token


class Threshold(StrEnum):
    """How full a context is, from the least to the most."""

    OK = "OK"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """0 for OK, 1 for WARNING, 2 for CRITICAL."""
        return list(Threshold).index(self)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The four token counts of a call, or their sums over several.

    `thinking_tokens` are those of the output tokens that went into thinking.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_tokens: int = 0
    cache_read_tokens: int = 0
    thinking_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_creation_tokens=self.cache_creation_tokens + other.cache_creation_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            thinking_tokens=self.thinking_tokens + other.thinking_tokens,
        )

    @property
    def kinds(self) -> dict[str, int]:
        """The four counts, which add up to all tokens, by name."""
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cache_creation_tokens": self.cache_creation_tokens,
            "cache_read_tokens": self.cache_read_tokens,
        }

    @property
    def prompt(self) -> int:
        """All that was sent, whether or not the cache held it."""
        return self.input_tokens + self.cache_creation_tokens + self.cache_read_tokens

    @property
    def occupancy(self) -> int:
        """Of a single call: what the conversation fills of the context window."""
        return self.prompt + self.output_tokens

    @property
    def total(self) -> int:
        """Of a sum: all tokens that were spent."""
        return self.prompt + self.output_tokens


_FIELD_OF = {
    "model_window": "window",
    "working_budget": "working_budget",
    "max_output": "max_output",
    "warning_percentage": "warning",
    "critical_percentage": "critical",
}
BUDGET_COLUMNS = tuple(_FIELD_OF)
"""Of an agent's row: those that its budget is kept in."""


@dataclass(frozen=True, kw_only=True)
class WorkingBudget:
    """How much context an agent may fill: the model's window, capped by the configured budget.

    `max_output` is what one call may write, `warning` and `critical` are percentages.
    Raises `InvalidBudget` for numbers that cannot work.
    """

    window: int
    working_budget: int
    max_output: int
    warning: float = 75.0
    critical: float = 90.0

    def __post_init__(self) -> None:
        if self.working_budget < SMALLEST_BUDGET:
            raise InvalidBudget(
                f"working_budget is {self.working_budget}, it must be at least {SMALLEST_BUDGET}"
            )
        if not 0 < self.max_output < self.window:
            raise InvalidBudget(
                f"max_output is {self.max_output}, it must be between 1 and the window's"
                f" {self.window} tokens"
            )
        if not 0 < self.warning < self.critical <= 100:
            raise InvalidBudget(
                f"warning is {self.warning:g} % and critical {self.critical:g} %, they must be"
                " above 0, rise, and not pass 100"
            )

    @classmethod
    def from_columns(cls, row: Mapping[str, Any]) -> "WorkingBudget":
        """The budget of an agent, by its row."""
        return cls(**{field: row[column] for column, field in _FIELD_OF.items()})

    def as_columns(self) -> dict[str, int | float]:
        """The budget as an agent's row keeps it."""
        return {column: getattr(self, field) for column, field in _FIELD_OF.items()}

    @property
    def limit(self) -> int:
        """The smaller of window and working budget: what operators are told."""
        return min(self.window, self.working_budget)

    @property
    def usable(self) -> int:
        """What a conversation may fill so that an answer of full length still fits.

        A working budget is a choice, not a wall, so a small one keeps half of itself even where
        an answer could be longer; the window is a wall.
        """
        free = max(self.limit - self.max_output, self.limit // 2)
        return min(free, self.window - self.max_output)

    def status(self, occupancy: int, *, pending: int = 0) -> "TokenStatus":
        """How full the context will be at the next call.

        `pending` is the estimate for tool results that the model has not seen yet.
        """
        return TokenStatus(budget=self, occupancy=occupancy, pending=pending)


@dataclass(frozen=True, kw_only=True)
class TokenStatus:
    """How full an agent's context is. `crossed` names what it crossed just now, lowest first."""

    budget: WorkingBudget
    occupancy: int
    pending: int = 0
    crossed: tuple[Threshold, ...] = ()

    @property
    def expected(self) -> int:
        """What the next call will send at least."""
        return self.occupancy + self.pending

    @property
    def usage_percentage(self) -> float:
        """Of the usable budget, to two places; more than 100 when it is overfull."""
        return round(100 * self.expected / self.budget.usable, 2)

    @property
    def remaining_tokens(self) -> int:
        """What is left of the usable budget."""
        return max(self.budget.usable - self.expected, 0)

    @property
    def threshold(self) -> Threshold:
        """OK, WARNING or CRITICAL, by the budget's percentages."""
        filled = 100 * self.expected
        if filled >= self.budget.critical * self.budget.usable:
            return Threshold.CRITICAL
        if filled >= self.budget.warning * self.budget.usable:
            return Threshold.WARNING
        return Threshold.OK


def thresholds_crossed(before: Threshold, now: Threshold) -> tuple[Threshold, ...]:
    """Each threshold above `before` up to `now`, lowest first."""
    return tuple(step for step in Threshold if before.rank < step.rank <= now.rank)


def estimate_tokens(texts: Sequence[str]) -> int:
    """A careful estimate for texts that were not counted by the model, such as tool results."""
    return math.ceil(sum(len(text.encode()) for text in texts) / BYTES_PER_TOKEN)
