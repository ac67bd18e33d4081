"""Keys to an app's data for its owner, who gets them in links in the chat, which work for a day.

The key of a link to the download opens nothing else: who is passed that link may change nothing.
The browser in which the other link was opened keeps a key of its own, for a month.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal, TypeAlias
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from bot.collections.api import PREFIX
from bot.settings.groups import IdentitySettings, WebSettings
from bot.sites.links import SiteLinks

Purpose: TypeAlias = Literal["owner", "download", "browser"]
"""What a key is for; where it stands in a link, also the name of its parameter."""
OPENING: Purpose = "owner"
DOWNLOAD: Purpose = "download"
BROWSER: Purpose = "browser"
VALID_SECONDS: Mapping[Purpose, int] = MappingProxyType(
    {OPENING: 86_400, DOWNLOAD: 86_400, BROWSER: 30 * 86_400}
)
_IN_LINKS = re.compile(rf"({PREFIX}\?(?:{OPENING}|{DOWNLOAD})=)[\w=-]+")


def make_owner_key(
    keys: IdentitySettings, project_id: UUID, purpose: Purpose, *, now: datetime
) -> str:
    """A key that is valid from `now` on, which is the database's time."""
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
        seconds = VALID_SECONDS[purpose]
        named = _cipher(keys).decrypt_at_time(key.encode(), seconds, int(now.timestamp()))
        meant, _, project_id = named.decode().partition(":")
        return UUID(project_id) if meant == purpose else None
    except (InvalidToken, ValueError):
        return None


def _cipher(keys: IdentitySettings) -> Fernet:
    return Fernet(keys.contact_key.get_secret_value())
