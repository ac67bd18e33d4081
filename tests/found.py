"""What a regular expression finds in a text where a test needs it to be there."""

import re
from typing import AnyStr


def found(pattern: "AnyStr | re.Pattern[AnyStr]", text: AnyStr) -> "re.Match[AnyStr]":
    """The first match of the pattern; fails with the text it was looked for in."""
    match = re.search(pattern, text)
    assert match, f"{pattern!r} is nowhere in {text!r}"
    return match
