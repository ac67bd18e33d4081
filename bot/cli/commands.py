"""The commands by name: where each is, and what the list of them says of it.

None is imported before it is asked for, neither for that list nor for the completion of a name. The
sentence is the first one of the command's own help; a test holds the two together.
"""

from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, kw_only=True)
class LazyCommand:
    """A command that has not been imported; its function has its name, `_` for `-`."""

    module: str
    help: str


COMMANDS = {
    "demo": LazyCommand(
        module="bot.cli.demo",
        help="Run everything locally; open the phone page and chat with the bot.",
    ),
    "migrate": LazyCommand(
        module="bot.cli.deployment",
        help="Bring the database to the newest schema; safe to run at any time.",
    ),
    "worker": LazyCommand(
        module="bot.cli.deployment",
        help="Read messages, build apps and send answers, until SIGTERM drains it.",
    ),
    "doctor": LazyCommand(
        module="bot.cli.deployment",
        help="Check the configuration and all that it names; exits 1 if something needs fixing.",
    ),
    "status": LazyCommand(
        module="bot.cli.status",
        help="Show what runs, who waits, what the queues hold, and what is halted or paused.",
    ),
    "request": LazyCommand(
        module="bot.cli.summaries",
        help="Show how a request stands: its state, cost and messages.",
    ),
    "user": LazyCommand(
        module="bot.cli.summaries",
        help="Show how a user stands: what they may be sent, what they spent today, their"
        " requests.",
    ),
    "cancel": LazyCommand(
        module="bot.cli.acts",
        help="Stop the work on a request and tell its user; `retry` takes it up again.",
    ),
    "retry": LazyCommand(
        module="bot.cli.acts",
        help="Try a failed or stopped build again from where it was, and tell its user.",
    ),
    "resend": LazyCommand(
        module="bot.cli.acts",
        help="Send a failed message again; refused if it arrived or still may.",
    ),
    "pause": LazyCommand(
        module="bot.cli.acts",
        help="Stop reading messages, or sending them; both are kept until `textcrew resume`.",
    ),
    "resume": LazyCommand(
        module="bot.cli.acts",
        help="End a pause of reading or of sending.",
    ),
    "audit-log": LazyCommand(
        module="bot.cli.audit_log",
        help="List what operators did to requests, messages, users and jobs, newest first.",
    ),
    "agents": LazyCommand(
        module="bot.cli.agents",
        help="List agents, newest first: state, how full their context is, what they spent.",
    ),
    "handoffs": LazyCommand(
        module="bot.cli.handoffs",
        help="Look into the documents by which agents hand their work on.",
    ),
    "requirements": LazyCommand(
        module="bot.cli.requirements",
        help="List what was asked of an app, and what is met of it in the version that is online.",
    ),
    "jobs": LazyCommand(
        module="bot.cli.jobs",
        help="List jobs, newest first; failed ones are kept with their error.",
    ),
    "deliveries": LazyCommand(
        module="bot.cli.deliveries",
        help="List outgoing messages, newest first, with their state and error code.",
    ),
    "reconcile": LazyCommand(
        module="bot.cli.reconcile",
        help="Take in the messages that Twilio has and the webhook missed.",
    ),
    "data": LazyCommand(
        module="bot.cli.data",
        help="Show size, rows and age of what is kept, by kind, and for how long it is kept.",
    ),
    "export-user": LazyCommand(
        module="bot.cli.users",
        help="Write a user's current app into a zip file, as `export` does in the chat.",
    ),
    "erase-user": LazyCommand(
        module="bot.cli.users",
        help="Delete all that is known of a user, as `forget me` does in the chat.",
    ),
    "raise-budget": LazyCommand(
        module="bot.cli.users",
        help="Raise a user's budget until the day (UTC) ends; builds that wait for it continue.",
    ),
    "cost": LazyCommand(
        module="bot.cli.cost",
        help="Sum up tokens and cost of model calls, failed ones included.",
    ),
    "alerts": LazyCommand(
        module="bot.cli.alerts",
        help="Show the alerts; exits 1 when one fires or is blind.",
    ),
    "dashboard": LazyCommand(
        module="bot.cli.dashboard",
        help="Print the cookbook's questions as a dashboard to import, for Logfire or Grafana.",
    ),
    "verify": LazyCommand(
        module="bot.cli.verify",
        help="Look over the whole database for broken promises; exits 1 when there are any.",
    ),
    "query": LazyCommand(
        module="bot.cli.query",
        help="Ask the records of traces, logs and metrics.",
    ),
}


class LazyGroup(click.Group):
    """Lists the commands from `COMMANDS`, and imports the one that is run or completed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as click passes them
        for name, command in COMMANDS.items():
            self.add_command(click.Command(name, help=command.help))

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
