"""Which messages of a user wait for one another: jobs under one lock run one at a time, in order.

A lock is named by its kind and its user. Every message has a job under `user:…`, which the SQL
function `enqueue_reader` queues; here are the kinds under which one is read beside the others.
"""

from enum import StrEnum

from bot.intake.command_names import Command


class LockKind(StrEnum):
    """The kind of a lock under which a message does not wait for those before it."""

    # It ends the work, or all messages: nothing that was said before is begun.
    STOP = "stop"
    # What was said before changes nothing about it, but may be what it asks about, so it gives
    # that a moment.
    INDEPENDENT = "words"
    # A voice note that nobody can hear now. What is said in it may be said in writing as well, so
    # the messages that came after it are read. Once it is heard it waits its turn as if it had just
    # come, and `bot.intake.late` sees to it that nothing is done behind its user's back.
    ASIDE = "voice"


_STOPS = frozenset({Command.STOP, Command.UNSUBSCRIBE})
# What only tells something, or ends all that was said; it needs no model.
_INDEPENDENT = frozenset({
    Command.HELP, Command.STATUS, Command.COST, Command.PROJECTS, Command.VERSIONS, Command.SHARE,
    Command.EXPORT, Command.MEMORY, Command.DATA, Command.FORGET, Command.FORGET_NOW, Command.KEEP,
})  # fmt: skip


def overtaking_lock(command: Command | None) -> LockKind | None:
    """The kind of lock under which a message overtakes those before it; None if it does not."""
    if command in _STOPS:
        return LockKind.STOP
    return LockKind.INDEPENDENT if command in _INDEPENDENT else None
