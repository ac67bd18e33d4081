"""What the steps of reading a message share; `bot.intake.pipeline` has them in order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from psycopg import AsyncConnection

from bot.intake.answers import Answer
from bot.intake.command_names import GivenCommand
from bot.intake.dialogue_state import DialogueState
from bot.intake.incoming import Incoming
from bot.intake.message_lock import handling
from bot.services import Services


@dataclass(kw_only=True)
class Reading:
    """A message on its way through the steps, each of which may put other words in its place."""

    services: Services
    incoming: Incoming  # its body is what it says, with all that belongs to it
    own_body: str = ""  # what it says by itself
    dialogue: DialogueState = field(default_factory=DialogueState)  # as it was when they wrote
    answer: Answer | None = None  # what it answers of that
    command: GivenCommand | None = None
    is_spoken: bool = False  # it came as a voice note
    is_aside: bool = False  # it is to be heard while others are read, and no more
    is_wordless: bool = False  # it brings something, and has no words at all
    is_preceded: bool = False  # it may be the words for what came before it
    is_joined: bool = False  # other messages belong to it
    quotes_gone_file: bool = False  # it replies to what brought a file that is kept no longer
    # The ids of those that waited for words, and of the requests that brought them.
    asked_about: dict[str, UUID] = field(default_factory=dict)

    @asynccontextmanager
    async def handling(self, *, superseded: bool = True) -> AsyncIterator[AsyncConnection]:
        """The transaction in which a step handles the message; see `message_lock.handling`."""
        lock = handling(self.services.pool, self.incoming, superseded=superseded)
        async with lock as connection:
            yield connection


Step = Callable[[Reading], Awaitable[bool]]
"""Handles the message and returns True, or passes it on and returns False."""
