"""The errors of this package. The docstring of a class is the default message of its instances."""

from telemetry.interruption import Interruption


class HandoffError(Exception):
    """Something about an agent, its turns or its handoff is not as it must be."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class InvalidBudget(HandoffError):
    """A working budget or its thresholds cannot work."""


class IllegalTransition(HandoffError):
    """An agent may not go from its state to the one asked for."""


class StaleAgent(HandoffError, Interruption):
    """The agent is in another state than this process believed; another one went on with it."""


class TurnConflict(HandoffError, Interruption):
    """The turn is stored already; another process went on with this agent."""


class InvalidDocument(HandoffError):
    """The handoff document cannot be read; the message names the field and the reason."""


class RemovedDocument(HandoffError):
    """The handoff's document was removed, because its retention is over."""


class UnknownHandoff(HandoffError):
    """There is no handoff of that id."""
