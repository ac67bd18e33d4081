"""The commands by name: where each is, and what the list of them says of it.

None is imported before it is asked for, neither for that list nor for the completion of a name. The
sentence is the first one of the command's own help; a test holds the two together.
"""

from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A command that has not been imported; its function has its name, `_` for `-`."""

    module: str
    help: str


COMMANDS = {
    "demo": Entry(
        module="bot.cli.demo",
        help="Run everything locally; open the phone page and chat with the bot.",
    ),
    "migrate": Entry(
        module="bot.cli.deployment",
        help="Bring the database to the newest schema; safe to run at any time.",
    ),
    "worker": Entry(
        module="bot.cli.deployment",
        help="Read messages, build apps and send answers, until SIGTERM drains it.",
    ),
    "doctor": Entry(
        module="bot.cli.deployment",
        help="Check the configuration and all that it names; exits 1 if something needs fixing.",
    ),
    "status": Entry(
        module="bot.cli.status",
        help="Show what runs, who waits, what the queues hold, and what is halted or paused.",
    ),
    "request": Entry(
        module="bot.cli.summaries",
        help="Show how a request stands: its state, cost and messages.",
    ),
    "user": Entry(
        module="bot.cli.summaries",
        help="Show how a user stands: what they may be sent, what they spent today, their"
        " requests.",
    ),
    "cancel": Entry(
        module="bot.cli.acts",
        help="Stop the work on a request and tell its user; `retry` takes it up again.",
    ),
    "retry": Entry(
        module="bot.cli.acts",
        help="Try a failed or stopped build again from where it was, and tell its user.",
    ),
    "resend": Entry(
        module="bot.cli.acts",
        help="Send a failed message again; refused if it arrived or still may.",
    ),
    "pause": Entry(
        module="bot.cli.acts",
        help="Stop reading messages, or sending them; both are kept until `textcrew resume`.",
    ),
    "resume": Entry(
        module="bot.cli.acts",
        help="End a pause of reading or of sending.",
    ),
    "audit-log": Entry(
        module="bot.cli.audit_log",
        help="List what operators did to requests, messages, users and jobs, newest first.",
    ),
    "agents": Entry(
        module="bot.cli.agents",
        help="List agents, newest first: state, how full their context is, what they spent.",
    ),
    "handoffs": Entry(
        module="bot.cli.handoffs",
        help="Look into the documents by which agents hand their work on.",
    ),
    "requirements": Entry(
        module="bot.cli.requirements",
        help="List what was asked of an app, and what is met of it in the version that is online.",
    ),
    "jobs": Entry(
        module="bot.cli.jobs",
        help="List jobs, newest first; failed ones are kept with their error.",
    ),
    "deliveries": Entry(
        module="bot.cli.deliveries",
        help="List outgoing messages, newest first, with their state and error code.",
    ),
    "reconcile": Entry(
        module="bot.cli.reconcile",
        help="Take in the messages that Twilio has and the webhook missed.",
    ),
    "data": Entry(
        module="bot.cli.data",
        help="Show size, rows and age of what is kept, by kind, and for how long it is kept.",
    ),
    "export-user": Entry(
        module="bot.cli.users",
        help="Write a user's current app into a zip file, as `export` does in the chat.",
    ),
    "erase-user": Entry(
        module="bot.cli.users",
        help="Delete all that is known of a user, as `forget me` does in the chat.",
    ),
    "raise-budget": Entry(
        module="bot.cli.users",
        help="Raise a user's budget until the day (UTC) ends; builds that wait for it continue.",
    ),
    "cost": Entry(
        module="bot.cli.cost",
        help="Sum up tokens and cost of model calls, failed ones included.",
    ),
    "alerts": Entry(
        module="bot.cli.alerts",
        help="Show the alerts; exits 1 when one fires or is blind.",
    ),
    "dashboard": Entry(
        module="bot.cli.dashboard",
        help="Print the cookbook's questions as a dashboard to import, for Logfire or Grafana.",
    ),
    "verify": Entry(
        module="bot.cli.verify",
        help="Look over the whole database for broken promises; exits 1 when there are any.",
    ),
    "query": Entry(
        module="bot.cli.query",
        help="Ask the records of traces, logs and metrics.",
    ),
}


class ListedGroup(click.Group):
    """Lists the commands from `COMMANDS`, and imports the one that is run or completed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as click passes them
        for name, entry in COMMANDS.items():
            self.add_command(click.Command(name, help=entry.help))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and load(name or ""), rest


def load(name: str) -> click.Command:
    """Import a command."""
    command = getattr(import_module(COMMANDS[name].module), name.replace("-", "_"))
    assert isinstance(command, click.Command)
    return command
