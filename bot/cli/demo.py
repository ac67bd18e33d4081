"""`textcrew demo`: the whole product on this machine, with no account and no key."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

from bot.cli import printing
from bot.errors import TextcrewError

if TYPE_CHECKING:
    from bot.cli.demo_stack import DemoResult, DemoStack
    from bot.sandbox.twilio.phone.client import PhoneMessage

USER = "whatsapp:+15550100001"
TRAVELLING = {"queued", "sending", "sent"}
_HEARD = "are heard by a small offline stand-in that knows a few English phrases"
_NOT_HEARD = "are not heard; pip install 'textcrew[voice]' brings a small stand-in that does"
SAY_LIMIT = 45 * 60.0  # seconds that --say waits for the end of a build


class NoAppCame(TextcrewError):
    """The request ended without a link."""


@click.command()
@click.option("--say", metavar="TEXT", help="Send this message and print the conversation live.")
@click.option("--keep", is_flag=True, help="With --say: leave everything running afterwards.")
@click.option(
    "--budget",
    type=click.IntRange(min=4_000),
    metavar="TOKENS",
    help="Working budget of an agent's context window (WORKING_BUDGET_TOKENS).",
)
def demo(say: str | None, keep: bool, budget: int | None) -> None:
    """Run everything locally; open the phone page and chat with the bot.

    Needs no account and no key. With ANTHROPIC_API_KEY set, the crew is Claude; without, a scripted
    stand-in. Data is kept in .textcrew/.
    """
    if keep and say is None:
        raise click.UsageError("--keep goes with --say.")
    from bot.cli.demo_stack import DemoStack

    with _interruptible(), DemoStack(budget=budget).running() as stack:
        if say is None:
            printing.say(_welcome(stack))
            _until_interrupted(stack)
            return
        with _shown_live(stack):
            link = _converse(stack, say)
        if not keep:
            printing.say("The app answers for as long as the demo runs: make demo", err=True)
        printing.say(link)
        if keep:
            printing.say(_welcome(stack))
            _until_interrupted(stack)


def _welcome(stack: "DemoStack") -> str:
    offline = "an offline stand-in; set ANTHROPIC_API_KEY for Claude"
    return (
        "\ntextcrew is running. Open the phone and text the bot:\n\n"
        f"    {stack.phone_url}\n\n"
        f"The crew is {'Claude' if stack.uses_claude else offline}.\n"
        f"Voice notes {_HEARD if stack.hears else _NOT_HEARD}.\n"
        f"Operators' console: {stack.console_url} "
        "(log in with OPERATOR_TOKEN of .textcrew/local.env).\n"
        "Ctrl-C stops it. What was built is kept in .textcrew/.\n"
    )


def _until_interrupted(stack: "DemoStack") -> None:
    try:
        while True:
            stack.check()
            time.sleep(0.5)
    except KeyboardInterrupt:
        printing.say("\nStopping.")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does, also where SIGINT was ignored by our parent."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _shown_live(stack: "DemoStack") -> AbstractContextManager[None]:
    """Beside the conversation what goes on behind it; nothing where nobody looks."""
    if not sys.stdout.isatty():
        return nullcontext()
    from bot.cli.demo_view import shown_live

    return shown_live(lambda: stack.facts(USER), stack.cap_usd)


def _converse(stack: "DemoStack", text: str) -> str:
    """Say `text`, print what is said until the request has ended, and return the app's link.

    Raises `NoAppCame` when it ended without one.
    """
    from bot.sandbox.twilio.phone.client import Phone

    phone = Phone(stack.phone_url, USER)
    printed = {message.sid for message in phone.messages()}
    message_sid = phone.say(text)
    deadline = time.monotonic() + SAY_LIMIT
    while time.monotonic() < deadline:
        stack.check()
        outcome = stack.outcome(message_sid)
        new = [message for message in phone.messages() if message.sid not in printed]
        for message in new:
            # In their order: one that is still on its way holds back those behind it.
            if message.direction == "outbound" and message.status in TRAVELLING:
                break
            _print(message)
            printed.add(message.sid)
        else:
            if outcome is not None:
                return _link(outcome)
        time.sleep(0.2)
    raise NoAppCame("The build took longer than 45 minutes.")


def _print(message: "PhoneMessage") -> None:
    who, colour = ("you", "cyan") if message.direction == "inbound" else ("bot", "green")
    at = message.at.astimezone().strftime("%H:%M:%S")
    indented = message.body.replace("\n", "\n" + " " * 15)
    lost = "" if message.arrived else f"  (not delivered: {message.error_message})"
    printing.say(f"{at}  ", ends=False)
    printing.say(who, ends=False, colour=colour)
    printing.say(f"  {indented}{lost}")
    sys.stdout.flush()


def _link(outcome: "DemoResult") -> str:
    if outcome.link is None:
        raise NoAppCame(f"No app was built: the request ended as {outcome.status}.")
    import httpx2  # here, because the command's help does without it

    try:
        httpx2.get(outcome.link, timeout=10).raise_for_status()
    except httpx2.HTTPError as error:
        raise NoAppCame(f"The app at {outcome.link} does not answer: {error}.") from error
    return outcome.link
