"""Makes visible what a text would do to a terminal.

Strangers choose what is in many texts. A control character among them can rewrite what stands on
the screen, set the title or answer for whoever types; a bidirectional one shows words in another
order than they are.
"""

import re

# All of C0 but the newline (with the carriage return before it) and the tab, DEL and C1; the marks,
# embeddings, overrides and isolates of bidirectional text; separators of lines; half characters.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
    "|\r(?!\n)"
)


def visible(text: str) -> str:
    r"""Write each such character as `\u001b`, which JSON reads as the character itself."""
    return _ACTIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
