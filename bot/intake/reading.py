"""What the steps of reading a message share; `bot.intake.pipeline` has them in order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from psycopg import AsyncConnection

from bot.intake.answers import Answer
from bot.intake.command_names import Command
from bot.intake.dialogue_state import DialogueState
from bot.intake.incoming import Incoming
from bot.intake.message_lock import handling
from bot.services import Services


@dataclass(kw_only=True)
class Reading:
    """A message on its way through the steps, each of which may put other words in its place.

    `own` is what it says by itself; the body of `incoming` is that with all that belongs to it.
    `dialogue` is what the conversation was about when it was written. `answer` is what it answers
    of that, `command` the command that it is, with what was said behind it. What `is_wordless`
    brings something and has no words at all; what `is_preceded` may be the words for what came
    before it. To what `is_joined` other messages belong; `asked_about` are those of them that
    waited for words. What `is_spoken` came as a voice note; what `is_aside` is to be
    heard while others are read, and no more.
    """

    services: Services
    incoming: Incoming
    own: str = ""
    dialogue: DialogueState = field(default_factory=DialogueState)
    answer: Answer | None = None
    command: tuple[Command, str] | None = None
    is_wordless: bool = False
    is_preceded: bool = False
    is_joined: bool = False
    is_spoken: bool = False
    is_aside: bool = False
    asked_about: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def handling(self, *, superseded: bool = True) -> AsyncIterator[AsyncConnection]:
        """The transaction in which a step handles the message; see `message_lock.handling`."""
        lock = handling(self.services.pool, self.incoming, superseded=superseded)
        async with lock as connection:
            yield connection


Step = Callable[[Reading], Awaitable[bool]]
"""Handles the message and returns True, or passes it on and returns False."""
