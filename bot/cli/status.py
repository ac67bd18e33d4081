"""`textcrew status`: what runs, who waits, what the queues hold, and what is stopped."""

import json
from dataclasses import asdict

import click

from bot.cli.database import connected
from bot.cli.printing import say
from bot.cli.tables import show
from bot.operating.status import Status, read_status

WORK = ("request_id", "user_id", "title", "phase", "agent_type", "waits_for", "since")
UNREAD = ("user_id", "messages", "since")
MESSAGES = ("state", "messages", "since")
QUEUES = ("queue", "due", "later", "running", "failed")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def status(as_json: bool) -> None:
    """Show what runs, who waits, what the queues hold, and what is halted or paused."""
    with connected() as connection:
        now = read_status(connection)
    if as_json:
        say(json.dumps(asdict(now), default=str, indent=2))
        return
    _tell_stopped(now)
    for title, rows, columns, nothing in (
        ("At work", now.work, WORK, "Nothing is being built."),
        ("Not read yet", now.unread, UNREAD, "Every message is read."),
        ("Not out", now.messages, MESSAGES, "Every message is out."),
        ("Queues", now.queues, QUEUES, "No jobs."),
    ):
        say(f"\n{title}", bold=True)
        show(rows, columns=columns, as_json=False, nothing=nothing)


def _tell_stopped(now: Status) -> None:
    for one in now.pauses:
        since = one.since.astimezone().strftime("%m-%d %H:%M:%S")
        say(f"The {one.what} is paused since {since} by {one.operator}: {one.reason}", colour="red")
    if now.halt is not None:
        since = now.halt.since.astimezone().strftime("%m-%d %H:%M:%S")
        say(f"Nothing is sent since {since}: {now.halt.reason}", colour="red")
    if not now.pauses and now.halt is None:
        say("Nothing is halted or paused.")
