"""Tells a command from everything else that a user may say."""

from psycopg import AsyncConnection

from bot.intake.command_names import Command, find_command, find_named_project
from bot.intake.command_words import find_forgotten
from bot.intake.routing import Incoming
from bot.memory.facts import list_facts, meant
from bot.projects.project_list import find_shelved, list_numbered


async def read_command(
    connection: AsyncConnection, incoming: Incoming
) -> tuple[Command, str] | None:
    """The command and what was said behind it, or None for a message that is none.

    "Open" begins many a request too: it is a command with a number, or with the title of a project.
    So does "forget": it is one with what is remembered.
    """
    command = find_command(incoming.body)
    if command is not None:
        return command, ""
    forgotten = find_forgotten(incoming.body)
    if forgotten and meant(await list_facts(connection, incoming.user_id), forgotten):
        return Command.FORGET_FACT, forgotten
    named = find_named_project(incoming.body)
    if named is None:
        return None
    if named.isdecimal() or find_shelved(await list_numbered(connection, incoming.user_id), named):
        return Command.OPEN, named
    return None
