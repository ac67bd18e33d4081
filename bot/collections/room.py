"""How much an app has room for, how full it is, and what one address may take of it in a day.

A share is a quarter: a crowd can be behind one address, at a party or in a school, and still
nobody fills an app in an hour.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

from bot.errors import DocumentRefused, RoomFull
from bot.settings.groups import IdentitySettings

MAX_DOCUMENTS = 2_000  # of a project
MAX_BYTES = 4_000_000  # of a project's documents
NEARLY_FULL = 0.8  # its owner is told
SHARES = 4  # of the room; one address may take one a day

FULL = "This app's memory is full; delete something first."
TOO_MUCH = "That is all that one place can add today; go on tomorrow."


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What documents take of the room."""

    documents: int
    size: int  # bytes

    @property
    def part(self) -> float:
        """Of the whole room; above 1 where what was cleared came back beside what there was."""
        return max(self.documents / MAX_DOCUMENTS, self.size / MAX_BYTES)

    @property
    def is_nearly_all(self) -> bool:
        """Whether it is so much that the owner shall know."""
        return self.part >= NEARLY_FULL

    def check_room(self, *, documents: int, size: int) -> "Taken":
        """What is taken with that much more. Raises `RoomFull` where there is no room."""
        after = Taken(documents=self.documents + documents, size=self.size + size)
        if (documents and after.documents > MAX_DOCUMENTS) or after.size > MAX_BYTES:
            raise RoomFull(FULL, 507)
        return after

    def check_share(self, *, documents: int, size: int) -> None:
        """Raise `DocumentRefused` where one address would take more than its share."""
        is_one_too_many = documents and self.documents + documents > MAX_DOCUMENTS // SHARES
        if is_one_too_many or self.size + size > MAX_BYTES // SHARES:
            raise DocumentRefused(TOO_MUCH, 429)


def share_key(keys: IdentitySettings, project_id: UUID, address: str) -> bytes | None:
    """What an address counts as in one project; None where there is none to tell visitors by."""
    if not address:
        return None
    pepper = keys.user_id_pepper.get_secret_value().encode()
    return hmac.digest(pepper, f"share:{project_id}:{address}".encode(), "sha256")[:16]
