"""What people write while we are away is not lost."""

import subprocess
import sys

import pytest

from bot.sandbox.phone.client import MessageNotDelivered
from tests.acceptance.stack import Stack


def test_messages_of_an_outage_are_taken_in_once_and_answered_in_order(stack: Stack) -> None:
    phone, stranger = stack.phone(), stack.phone()
    phone.say("status")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30)
    stack.programs.kill("web")
    for person, text in ((phone, "help"), (phone, "new app"), (stranger, "help")):
        with pytest.raises(MessageNotDelivered):
            person.say(text)
    stack.start_web()

    assert reconcile(stack) == "3 taken in."
    assert reconcile(stack) == "Nothing is missing."

    phone.wait_for(lambda m: m.body.startswith("What shall I build next"), 30)
    stranger.wait_for(lambda m: "*stop*" in m.body, 30)
    answers = [m.body.split()[0] for m in phone.messages() if m.direction == "outbound"]
    assert answers == ["Nothing", "Tell", "What"]
    assert stack.rows("SELECT count(*) AS number FROM contact") == [{"number": 2}]


def reconcile(stack: Stack) -> str:
    command = [sys.executable, "-m", "bot.cli.main", "reconcile"]
    done = subprocess.run(
        command, env=stack.environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()
