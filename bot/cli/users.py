"""`textcrew export-user` and `textcrew erase-user`: what the law lets users ask operators for."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from psycopg import AsyncConnection

from bot.cli.printing import ask_to_confirm, say
from bot.database.connection import database_url
from bot.errors import TextcrewError
from bot.settings.groups import Settings
from bot.settings.loading import load_settings

if TYPE_CHECKING:
    from bot.intake.commands.export import Exported

T = TypeVar("T")


class NothingToExport(TextcrewError):
    """This user has no published app."""


class FileExists(TextcrewError):
    """There is such a file already; name another one with --output."""


@click.command("export-user")
@click.argument("user", metavar="USER")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The file; else named after the app."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def export_user(user: str, output: Path | None, as_json: bool) -> None:
    """Write a user's current app into a zip file, as `export` does in the chat.

    Beside the app's files, `textcrew/requirements.json` says what they asked of it, in their words,
    and `textcrew/decisions.json` what was decided when it was made.
    USER is a phone number with its country code, or a user id.
    """
    user_id, found = _with_database(lambda connection, settings: _read(connection, settings, user))
    path = output or Path(found.media.file_name)
    try:
        with path.open("xb") as file:
            file.write(found.media.content)
    except FileExistsError:
        raise FileExists from None
    if as_json:
        told = {"user_id": user_id, "title": found.title, "files": found.files, "path": str(path)}
        say(json.dumps(told, indent=2))
    else:
        say(f"{path}: {found.title}, {found.files} files.")


@click.command("erase-user")
@click.argument("user", metavar="USER")
@click.option("--yes", is_flag=True, help="Do not ask back.")
@click.option("--json", "as_json", is_flag=True, help="Print who was erased as JSON; needs --yes.")
def erase_user(user: str, yes: bool, as_json: bool) -> None:
    """Delete all that is known of a user, as `forget me` does in the chat.

    USER is a phone number with its country code, or a user id. Their builds are stopped and
    their apps taken down. They get no goodbye.
    """
    if as_json and not yes:
        raise click.UsageError("--json needs --yes: it cannot ask back.")
    user_id = _with_database(lambda connection, settings: _find(connection, settings, user))
    if not yes:
        ask_to_confirm(f"Delete everything of user {user_id}? It cannot be undone.")
    _with_database(lambda connection, _: _erase(connection, user_id))
    say(json.dumps({"erased": user_id}) if as_json else f"User {user_id} is erased.")


async def _read(
    connection: AsyncConnection, settings: Settings, user: str
) -> "tuple[str, Exported]":
    from bot.intake.commands.export import read_export
    from bot.projects.decisions import list_decisions
    from bot.projects.requirements import list_requirements
    from bot.projects.versions import list_projects

    user_id = await _find(connection, settings, user)
    for project in (await list_projects(connection, user_id))[:1]:
        asked = await list_requirements(connection, project.project_id, None)
        decided = await list_decisions(connection, project.project_id)
        beside = {
            "textcrew/requirements.json": _as_json(asked),
            "textcrew/decisions.json": _as_json(decided),
        }
        found = await read_export(connection, project, beside=beside)
        if found is not None:
            return user_id, found
    raise NothingToExport


def _as_json(rows: Iterable[object]) -> bytes:
    listed = [vars(row) for row in rows]
    return json.dumps(listed, ensure_ascii=False, indent=1, default=str).encode()


async def _find(connection: AsyncConnection, settings: Settings, user: str) -> str:
    from bot.intake.user_lookup import find_user

    return await find_user(connection, settings.identity, user)


async def _erase(connection: AsyncConnection, user_id: str) -> None:
    from bot.intake.user_lookup import erase

    await erase(connection, user_id)


def _with_database(ask: Callable[[AsyncConnection, Settings], Awaitable[T]]) -> T:
    settings = load_settings()

    async def asked(url: str) -> T:
        async with await AsyncConnection.connect(url, autocommit=True) as connection:
            return await ask(connection, settings)

    return asyncio.run(asked(database_url(settings)))
