"""Commands: what the fixed words do, one idea a file, and never by a model."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from psycopg import AsyncConnection

from bot.attachments.mentions import without_mentions
from bot.intake.attachments import ingest_for_later
from bot.intake.command_names import NEVER_SUPERSEDED, Command
from bot.intake.command_words import find_language
from bot.intake.commands.change import ask_what_to_build, ask_what_to_change
from bot.intake.commands.context import CommandContext
from bot.intake.commands.cost import tell_cost
from bot.intake.commands.export import export
from bot.intake.commands.forget import ask_whether_sure, forget, keep
from bot.intake.commands.help import help_out
from bot.intake.commands.history import redo, tell_versions, undo
from bot.intake.commands.memory import forget_fact, tell_memory
from bot.intake.commands.projects import open_one, tell_projects
from bot.intake.commands.retry import retry
from bot.intake.commands.share import share
from bot.intake.commands.status import tell_status
from bot.intake.commands.stop import stop
from bot.intake.commands.unsubscribe import ask_whether_to_opt_out, opt_in, opt_out
from bot.intake.commands.visitor_data import (
    ask_whether_to_clear,
    clear_data,
    keep_data,
    restore_data,
    tell_data,
)
from bot.intake.incoming import Incoming
from bot.intake.late import STEPS, is_late, not_done
from bot.intake.reading import Reading
from bot.languages.i18n import current_locale, use_locale
from bot.languages.normalize import is_question
from bot.languages.user_locale import note_first_heard

_HANDLERS: Mapping[Command, Callable[[CommandContext], Awaitable[None]]] = {
    Command.HELP: help_out,
    Command.STATUS: tell_status,
    Command.STOP: stop,
    Command.RETRY: retry,
    Command.UNSUBSCRIBE: opt_out,
    Command.START: opt_in,
    Command.CHANGE: ask_what_to_change,
    Command.NEW_APP: ask_what_to_build,
    Command.PROJECTS: tell_projects,
    Command.OPEN: open_one,
    Command.UNDO: undo,
    Command.REDO: redo,
    Command.VERSIONS: tell_versions,
    Command.SHARE: share,
    Command.COST: tell_cost,
    Command.EXPORT: export,
    Command.DATA: tell_data,
    Command.CLEAR_DATA: ask_whether_to_clear,
    Command.CLEAR_DATA_NOW: clear_data,
    Command.KEEP_DATA: keep_data,
    Command.RESTORE_DATA: restore_data,
    Command.FORGET: ask_whether_sure,
    Command.FORGET_NOW: forget,
    Command.KEEP: keep,
    Command.MEMORY: tell_memory,
    Command.FORGET_FACT: forget_fact,
}

# What ends all that was said; what came with it is for nothing.
_ENDING = NEVER_SUPERSEDED | {Command.STOP}

# What is asked first where only a model has read it, or its user asks back.
_ASKED_FIRST = {
    Command.FORGET_NOW: Command.FORGET,
    Command.CLEAR_DATA_NOW: Command.CLEAR_DATA,
}


async def run_command(reading: Reading) -> bool:
    """Do what a command says and answer, all in one transaction."""
    if reading.command is None:
        return False
    command, argument = reading.command
    superseded = command not in NEVER_SUPERSEDED
    if command not in _ENDING:
        await ingest_for_later(reading)
    async with reading.handling(superseded=superseded) as connection:
        with use_locale(await _language_of(connection, reading.incoming)):
            context = context_of(reading, connection, argument)
            asks_back = is_question(reading.incoming.body)
            if command is Command.UNSUBSCRIBE and (asks_back or await is_late(connection, reading)):
                await ask_whether_to_opt_out(context)
            else:
                meant = _ASKED_FIRST.get(command, command) if asks_back else command
                await _carry_out(reading, context, meant)
    return True


async def run_read_command(
    reading: Reading, connection: AsyncConnection, command: Command, argument: str
) -> None:
    """Do what a model has read as a command; what destroys something is asked back first."""
    context = replace(context_of(reading, connection, argument), is_certain=False)
    match command:
        case Command.UNSUBSCRIBE:
            await ask_whether_to_opt_out(context)
        case Command.FORGET_FACT:
            await tell_memory(context)
        case _:
            await _carry_out(reading, context, _ASKED_FIRST.get(command, command))


async def _carry_out(reading: Reading, context: CommandContext, command: Command) -> None:
    """Do it, unless it is a step that is read only after its user had gone on."""
    if command in STEPS and await is_late(context.connection, reading):
        await context.answer(not_done(reading))
    else:
        await _HANDLERS[command](context)


def context_of(reading: Reading, connection: AsyncConnection, argument: str = "") -> CommandContext:
    """The message as a command in this transaction."""
    return CommandContext(
        connection=connection,
        settings=reading.services.settings,
        incoming=reading.incoming,
        dialogue=reading.dialogue,
        argument=argument,
        project_id=reading.dialogue.quoted_project,
    )


async def _language_of(connection: AsyncConnection, incoming: Incoming) -> str:
    """Their language; if it is not known yet, the word that they use may tell."""
    heard = find_language(without_mentions(incoming.body))
    if heard is None:
        return current_locale()
    return await note_first_heard(connection, incoming.user_id, heard)
