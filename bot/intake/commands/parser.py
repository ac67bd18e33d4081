"""Tells a command from everything else that a user may say."""

from psycopg import AsyncConnection

from bot.intake.assent import find_assent
from bot.intake.command_names import (
    Command,
    GivenCommand,
    find_command,
    find_stop,
)
from bot.intake.command_words import find_forgotten, find_opened
from bot.intake.incoming import Incoming
from bot.intake.reading import Reading
from bot.intake.vocabulary import COMMANDS, is_foreign
from bot.languages.normalize import number_in
from bot.memory.facts import list_facts
from bot.memory.meant_facts import meant_by_words, numbers_in
from bot.messages.kinds import MessageKind
from bot.projects.project_list import find_listed, list_numbered

_STEPS = frozenset({Command.UNDO, Command.REDO, Command.RETRY})


async def parse_command(reading: Reading) -> bool:
    """Find out whether the message is a command; what answers an open question is none."""
    if reading.answer is None and not reading.incoming.is_named_file:
        if _is_for_a_model(reading):
            return False
        if _stops(reading):
            reading.command = GivenCommand(Command.STOP)
            return False
        async with reading.services.pool.connection() as connection:
            reading.command = await _find(connection, reading.incoming)
    return False


def _is_for_a_model(reading: Reading) -> bool:
    """Whether only a model can tell if it is a command, or a word of theirs that looks like one.

    "Leave it" can be a stop, and an answer to what they were asked. The word itself is in doubt
    only where it is one of a language that they don't speak, as "matin" is in French; so is what
    steps back or forth, asked or not ("pêche").
    """
    dialogue, said = reading.dialogue, reading.incoming.body
    command = find_command(said)
    if command in _STEPS:
        return is_foreign(COMMANDS, said)
    is_asked = bool(dialogue.answerable) or dialogue.awaits_words
    if not is_asked or not dialogue.builds:
        return False
    return is_foreign(COMMANDS, said) if command is Command.STOP else find_stop(said)


def _stops(reading: Reading) -> bool:
    """Whether it says stop, in any words, while something is built or has just been stopped.

    So does a no to what they were just asked: what shall become of what they sent.
    """
    dialogue, said = reading.dialogue, reading.incoming.body
    if dialogue.builds or dialogue.was_stopped:
        return find_stop(said)
    return dialogue.last_told == MessageKind.WHAT_FOR and find_assent(said) is False


async def _find(connection: AsyncConnection, incoming: Incoming) -> GivenCommand | None:
    """The command and what was said behind it, or None for a message that is none.

    "Open" begins many a request too: it is a command with a number, or with the title of a project.
    So does "forget": it is one with what is remembered, or with its numbers.
    """
    command = find_command(incoming.body)
    if command is not None:
        return GivenCommand(command)
    forgotten = find_forgotten(incoming.body)
    facts = await list_facts(connection, incoming.user_id) if forgotten else []
    if forgotten and facts and (numbers_in(forgotten) or meant_by_words(facts, forgotten)):
        return GivenCommand(Command.FORGET_FACT, forgotten)
    named = find_opened(incoming.body)
    if named is None:
        return None
    if number_in(named) is not None or find_listed(
        await list_numbered(connection, incoming.user_id), named
    ):
        return GivenCommand(Command.OPEN, named)
    return None
