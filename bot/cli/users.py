"""`textcrew export-user`, `erase-user` and `raise-budget`: what operators do for one user."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from psycopg import AsyncConnection

from bot.cli.acting import observe_acts, operator, reason_option
from bot.cli.database import with_database
from bot.cli.named import find_named_user
from bot.cli.printing import ask_to_confirm, say
from bot.errors import TextcrewError
from bot.settings.groups import Settings

if TYPE_CHECKING:
    from bot.intake.commands.export import Exported
    from bot.operating.users import Raised
    from bot.projects.deployments import Deployment


class FileExists(TextcrewError):
    """There is such a file already; name another one with --output."""


class NotWritten(TextcrewError):
    """The file cannot be written."""


class _Amount(click.ParamType[Decimal]):
    """An amount of US dollars."""

    name = "usd"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Read 5 or 2.50, with or without a $."""
        try:
            return Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is no amount like 5 or 2.50", param)


AMOUNT = _Amount()


@click.command("export-user")
@click.argument("user", metavar="USER")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The file; else named after the app."
)
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def export_user(user: str, output: Path | None, reason: str, as_json: bool) -> None:
    """Write a user's current app into a zip file, as `export` does in the chat.

    Beside the app's files, `textcrew/requirements.json` says what they asked of it, in their words,
    and `textcrew/decisions.json` what was decided when it was made.
    USER is a phone number with its country code, or a user id, which may be cut short.
    """
    by = operator(reason)

    async def act(connection: AsyncConnection, settings: Settings) -> "tuple[str, Exported]":
        from bot.operating.users import export

        user_id = await find_named_user(connection, settings, user)
        async with connection.transaction():  # what is not written is not on record
            found = await export(connection, user_id, by)
            _write(output or Path(found.media.file_name), found.media.content)
        return user_id, found

    user_id, found = with_database(act)
    path = output or Path(found.media.file_name)
    if as_json:
        done = {"user_id": user_id, "title": found.title, "files": found.files, "path": str(path)}
        say(json.dumps(done, indent=2))
    else:
        say(f"{path}: {found.title}, {found.files} files.")


def _write(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise FileExists from None
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror}.") from None


@click.command("erase-user")
@click.argument("user", metavar="USER")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print who was erased as JSON; needs --yes.")
def erase_user(user: str, yes: bool, reason: str, as_json: bool) -> None:
    """Delete all that is known of a user, as `forget me` does in the chat.

    USER is a phone number with its country code, or a user id, which may be cut short. Their
    builds are stopped and their apps taken down; copies at other services stay, and are named. They
    get no goodbye.
    """
    by = operator(reason)

    async def act(connection: AsyncConnection, _: Settings) -> "list[Deployment]":
        from bot.operating.users import erase

        return await erase(connection, user_id, by)

    if as_json and not yes:
        raise click.UsageError("--json needs --yes: it cannot ask back.")
    user_id = with_database(
        lambda connection, settings: find_named_user(connection, settings, user)
    )
    if not yes:
        ask_to_confirm(f"Delete everything of user {user_id}? It cannot be undone.")
    observe_acts()  # the traces of what is still open end in this process
    copies = with_database(act)
    if as_json:
        say(json.dumps({"erased": user_id, "copies": [copy.model_dump() for copy in copies]}))
        return
    say(f"User {user_id} is erased.")
    for copy in copies:
        say(f"Still there, at {copy.service}: {copy.url}")


@click.command("raise-budget")
@click.argument("user", metavar="USER")
@click.argument("usd", metavar="USD", type=AMOUNT)
@reason_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def raise_budget(user: str, usd: Decimal, reason: str, as_json: bool) -> None:
    """Raise a user's budget until the day (UTC) ends; builds that wait for it continue.

    USER is a phone number with its country code, or a user id, which may be cut short.
    """
    by = operator(reason)

    async def act(connection: AsyncConnection, settings: Settings) -> "tuple[str, Raised]":
        from bot.operating.users import raise_budget

        user_id = await find_named_user(connection, settings, user)
        return user_id, await raise_budget(connection, user_id, usd, by, settings)

    observe_acts()  # the traces of what goes on begin in this process
    user_id, raised = with_database(act)
    if as_json:
        done = {"user_id": user_id, "raised_usd": float(raised.usd), "builds": raised.builds}
        say(json.dumps(done))
    else:
        say(
            f"User {user_id} may have ${raised.usd:,.2f} more today than others; "
            f"{raised.builds} builds go on."
        )
