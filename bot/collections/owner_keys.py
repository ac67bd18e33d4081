"""Keys to an app's data for its owner, who gets them in the chat. Each works for a day."""

import re
from datetime import datetime
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from bot.collections.api import PREFIX
from bot.settings.groups import IdentitySettings, WebSettings
from bot.sites.links import SiteLinks

OWNER_SECONDS = 86_400
OPENING, DOWNLOAD = "owner", "download"  # what a link to the collections is for
_PURPOSE = "owner:"
_IN_LINKS = re.compile(rf"([?&](?:{OPENING}|{DOWNLOAD})=)[\w=-]+")


def make_owner_key(keys: IdentitySettings, project_id: UUID, *, now: datetime) -> str:
    """A key for a day from `now` on, which is the database's time."""
    named = f"{_PURPOSE}{project_id}".encode()
    return _cipher(keys).encrypt_at_time(named, int(now.timestamp())).decode()


def owner_links(web: WebSettings, token: str, key: str) -> tuple[str, str]:
    """The links for the owner of the app with that token: to open it as theirs, and to download."""
    collections = SiteLinks(web.sites_base_url).url(token) + PREFIX
    return f"{collections}?{OPENING}={key}", f"{collections}?{DOWNLOAD}={key}"


def without_keys(text: str) -> str:
    """The text without the keys in such links: they are no model's business."""
    return _IN_LINKS.sub(r"\1…", text)


def owned_project(keys: IdentitySettings, key: str, *, now: datetime) -> UUID | None:
    """The project that a key is for, None if it is not one of ours or has expired."""
    try:
        named = _cipher(keys).decrypt_at_time(key.encode(), OWNER_SECONDS, int(now.timestamp()))
        purpose, _, project_id = named.decode().partition(_PURPOSE)
        return None if purpose else UUID(project_id)
    except (InvalidToken, ValueError):
        return None


def _cipher(keys: IdentitySettings) -> Fernet:
    return Fernet(keys.contact_key.get_secret_value())
