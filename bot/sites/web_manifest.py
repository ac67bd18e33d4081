"""The web manifest, with which a phone puts an app on its home screen."""

import json
from urllib.parse import urljoin

from bot.markup.shortening import shorten
from bot.sites.app_icon import SIZE
from bot.sites.app_profile import AppProfile, direction_of
from bot.sites.completion import ICON, TOUCH_ICON, added_file
from bot.sites.page_head import PageHead

SHORT_NAME_LIMIT = 12  # characters that fit below an icon


def web_manifest(profile: AppProfile, head: PageHead, url: str) -> bytes:
    """The manifest of the app at `url`, whose start page has this head."""
    language = head.attributes.get("lang") or profile.spoken
    said: dict[str, object] = {
        "name": profile.title,
        "short_name": shorten(profile.title, SHORT_NAME_LIMIT),
        "description": head.meta.get("description") or profile.description,
        "id": url,
        "start_url": url,
        "scope": url,
        "display": "standalone",
        "theme_color": head.meta.get("theme-color") or profile.colour,
        "icons": _icons(profile, head, url),
    }
    if language:
        said |= {
            "lang": language,
            "dir": head.attributes.get("dir") or direction_of(language),
        }
    # What the page says of itself may hold bytes that are no text.
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")


def _icons(profile: AppProfile, head: PageHead, url: str) -> list[dict[str, str]]:
    own = _address(url, head.links.get("icon", ""))
    if own != url and own.startswith((url, "data:image/")):
        return [{"src": own, "sizes": "any"}]
    drawn, painted = (added_file(path, profile, url) for path in (ICON, TOUCH_ICON))
    return [
        {"src": drawn, "sizes": "any", "type": "image/svg+xml"},
        {"src": painted, "sizes": f"{SIZE}x{SIZE}", "type": "image/png"},
    ]


def _address(url: str, reference: str) -> str:
    """What a reference on the page at `url` leads to; nothing where it is not one."""
    try:
        return urljoin(url, reference)
    except ValueError:
        return ""
