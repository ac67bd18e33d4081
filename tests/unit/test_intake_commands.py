"""Fixed words: understood when they stand alone, however they are decorated."""

import pytest

from bot.intake.commands import Command, find_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("stop", Command.STOP),
        ("STOP please!", Command.STOP),
        ("Stop it now.", Command.STOP),
        ("please cancel the build", Command.STOP),
        ("cancel", Command.STOP),
        ("  Status? ", Command.STATUS),
        ("help", Command.HELP),
        ("Try again, please!", Command.RETRY),
        ("try it again", Command.RETRY),
        ("retry", Command.RETRY),
        ("Try again with bigger buttons", None),
        ("Unsubscribe", Command.UNSUBSCRIBE),
        ("START", Command.START),
        ("Start a blog for me", None),
        ("New app!", Command.NEW_APP),
        ("Change something", Command.CHANGE),
        ("Stop the music when the timer ends", None),
        ("Build me a status page", None),
        ("", None),
        ("!!!", None),
    ],
)
def test_a_command_is_a_message_that_says_nothing_else(text: str, command: Command | None) -> None:
    assert find_command(text) is command
