"""Keys to an app's data for its owner, who gets them in the chat. Each works for a day.

The key of a link to the download opens nothing else: who is passed that link may change nothing.
"""

import re
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from bot.collections.api import PREFIX
from bot.settings.groups import IdentitySettings, WebSettings
from bot.sites.links import SiteLinks

OWNER_SECONDS = 86_400
Purpose: TypeAlias = Literal["owner", "download"]
"""What a link to the collections is for; also the name of its parameter."""
OPENING: Purpose = "owner"
DOWNLOAD: Purpose = "download"
_IN_LINKS = re.compile(rf"({PREFIX}\?(?:{OPENING}|{DOWNLOAD})=)[\w=-]+")


def make_owner_key(
    keys: IdentitySettings, project_id: UUID, purpose: Purpose, *, now: datetime
) -> str:
    """A key for a day from `now` on, which is the database's time."""
    named = f"{purpose}:{project_id}".encode()
    return _cipher(keys).encrypt_at_time(named, int(now.timestamp())).decode()


def owner_link(web: WebSettings, token: str, purpose: Purpose, key: str) -> str:
    """The link for the owner of the app with that token."""
    return f"{SiteLinks(web.sites_base_url).url(token)}{PREFIX}?{purpose}={key}"


def without_keys(text: str) -> str:
    """The text without the keys in such links: they are no model's business."""
    return _IN_LINKS.sub(r"\1…", text)


def owned_project(
    keys: IdentitySettings, key: str, purpose: Purpose, *, now: datetime
) -> UUID | None:
    """The project that a key is for; None if it is no such key of ours or has expired."""
    try:
        named = _cipher(keys).decrypt_at_time(key.encode(), OWNER_SECONDS, int(now.timestamp()))
        meant, _, project_id = named.decode().partition(":")
        return UUID(project_id) if meant == purpose else None
    except (InvalidToken, ValueError):
        return None


def _cipher(keys: IdentitySettings) -> Fernet:
    return Fernet(keys.contact_key.get_secret_value())
