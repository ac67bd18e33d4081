"""What the stage can ask of the demo that it is a part of."""

from typing import Protocol

from bot.sandbox.twilio.broker import Broker


class Controls(Protocol):
    """What the demo can do to itself. Safe for threads."""

    def kill_worker(self) -> None:
        """kill -9 the worker and start another one."""

    @property
    def silence_seconds(self) -> float:
        """How long a worker gives no sign of life until others take its work."""

    def lose_webhook(self, address: str) -> None:
        """Let the webhook of this user's next message get lost."""

    def is_webhook_pending(self, address: str) -> bool:
        """Whether it is yet to get lost."""

    def catch_up(self) -> None:
        """Let the product compare Twilio's list of messages with its own now."""

    def fail_model(self) -> None:
        """Let the next model call break in the middle, overloaded."""

    def is_failure_pending(self) -> bool:
        """Whether that call is yet to come."""

    def close_window(self, address: str) -> None:
        """Let Twilio refuse what is sent to this user, until they write."""

    def is_window_closed(self, address: str) -> bool:
        """Whether it refuses it now."""

    def set_pace(self, *, is_real: bool) -> None:
        """Let Claude's stand-in answer at a real model's pace, or at once."""

    @property
    def has_real_pace(self) -> bool:
        """Whether it does."""

    def set_memory(self, tokens: int | None) -> None:
        """Give agents so much memory; None for what is configured. Restarts the worker."""

    @property
    def memory(self) -> int | None:
        """What they have."""

    def attach_twilio(self, broker: Broker) -> None:
        """Be told which one it is, once it is there."""

    @property
    def uses_claude(self) -> bool:
        """Whether the model is Claude, which nobody here can slow down or fail."""
