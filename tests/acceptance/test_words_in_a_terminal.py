"""What users write and name their apps does nothing to the terminal of who looks at them."""

import re
import subprocess
from pathlib import Path

from tests.acceptance.stack import Stack, announced
from tests.acceptance.test_operators_act_for_users import textcrew

ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# The title of the window, a colour, C1's CSI, a deletion, an override, an isolate, a mark.
WRITTEN = [
    "\x1b]0;owned\x07",
    "\x1b[31m",
    "\x9b2J",
    "x\x7f",
    "\u202egnp",
    "\u2066x",
    "[red]x[/red]",
]
LOOKED_AT = [
    ["deliveries", "--body"],
    ["jobs"],
    ["agents"],
    ["handoffs", "list"],
    ["cost", "--by", "user"],
    ["query", "SELECT message, attributes FROM records ORDER BY start_timestamp"],
    ["query", "SELECT '\x1b[31m' AS \"\x1b[2J\""],
    ["query", 'SELECT 1 AS one FROM "\x1b[31m"'],
    ["handoffs", "show", "\x1b[31m"],
    ["export-user", "\x1b[31m"],
    ["jobs", "\x1b[31m"],
    ["doctor"],
]


def test_no_listing_and_no_log_lets_them_act(stack: Stack, tmp_path: Path) -> None:
    phone = stack.phone()
    phone.say(f"Build me a counter called {' '.join(WRITTEN)}")
    phone.wait_for(announced, 60)
    for words in WRITTEN:
        phone.say(f"my cat is called {words}")
    phone.say("projects")
    phone.wait_for(lambda m: "1." in m.body, 60)

    for arguments in LOOKED_AT:
        done: subprocess.CompletedProcess[str] = textcrew(stack, tmp_path, *arguments)
        printed = done.stdout + done.stderr
        assert printed.strip(), arguments
        assert not ACTIVE.search(printed), arguments
    for name in ("web", "worker"):
        assert not ACTIVE.search(stack.program(name).log.read_text()), name
