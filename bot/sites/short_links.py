"""The short addresses that stand in messages: `/a/…/` leads to an app, `/e/…` to an export.

Both are below `PUBLIC_BASE_URL`. The name in one is 128 random bits in 22 characters that no chat
takes for a mark or for the end of a sentence: the last one is always a letter.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass

APPS, EXPORTS = "/a/", "/e/"
_BYTES, _CHARACTERS = 16, 22


@dataclass(frozen=True)
class ShortLinks:
    """Makes links below one `PUBLIC_BASE_URL`."""

    base_url: str

    def app(self, token: str) -> str:
        """The address of the app or version that has this token, as users are told it."""
        return f"{self.base_url}{APPS}{_in_letters(bytes.fromhex(token))}/"

    def export(self, name: str) -> str:
        """The address of the export of this name."""
        return f"{self.base_url}{EXPORTS}{name}"


def make_export_name() -> str:
    """A name that nobody can guess."""
    return _in_letters(secrets.token_bytes(_BYTES))


def may_name_export(name: str) -> bool:
    """Whether `make_export_name` could have made this."""
    return _number_in(name) is not None


def named_app(name: str) -> str | None:
    """The token of the app that a short address names; None if it can be none."""
    number = _number_in(name)
    return None if number is None else number.hex()


def _number_in(name: str) -> bytes | None:
    """The random bits that a name stands for; None if it stands for none."""
    if len(name) != _CHARACTERS:
        return None
    try:
        number = base64.b64decode(f"{name}==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return number if _in_letters(number) == name else None


def _in_letters(number: bytes) -> str:
    return base64.urlsafe_b64encode(number).rstrip(b"=").decode()
