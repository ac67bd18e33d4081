"""What the messages of a phone say."""

import re
from collections.abc import Callable

from bot.sandbox.twilio.phone.client import PhoneMessage
from tests.found import found

LINK = re.compile(r"http://\S+/")


def link_in(message: PhoneMessage) -> str:
    """The first link that a message brings, as far as its last slash."""
    return found(LINK, message.body)[0]


def saying(words: str) -> Callable[[PhoneMessage], bool]:
    """Whether a message says these words; for `wait_for`."""
    return lambda message: words in message.body
