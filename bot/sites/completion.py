"""Completes the start page of an app as it is served: what makes its link worth sharing.

What the page has itself stays as it is, and what is stored stays as it was written: text is put in
between, and nothing is written again.
"""

from collections import OrderedDict
from hashlib import sha256
from html import escape
from threading import Lock

from bot.sites.app_profile import AppProfile, direction_of
from bot.sites.page_head import PageHead, read_head

ICON, TOUCH_ICON = "_head/icon.svg", "_head/icon.png"
MANIFEST, PICTURE = "_head/app.webmanifest", "_head/picture.png"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # a page that begins so is not what its header says
_HEADS_KEPT = 256

_heads: OrderedDict[bytes, PageHead] = OrderedDict()
_lock = Lock()


def complete(content: bytes, profile: AppProfile, url: str) -> bytes:
    """Return the page at `url` with what its head and its `<html>` lack."""
    if content.startswith(_UTF_16):
        return content
    page = content.decode("utf-8", "surrogateescape")
    pieces, last = [], 0
    for at, text in sorted(_additions(head_of(content), profile, url)):
        pieces += [page[last:at], text]
        last = at
    return "".join([*pieces, page[last:]]).encode("utf-8", "surrogateescape")


def head_of(content: bytes) -> PageHead:
    """What a page has itself; read once for the same contents, because that takes a while."""
    digest = sha256(content).digest()
    with _lock:
        known = _heads.get(digest)
    if known is None:
        known = read_head(content.decode("utf-8", "surrogateescape"))
    with _lock:
        _heads[digest] = known
        _heads.move_to_end(digest)
        while len(_heads) > _HEADS_KEPT:
            _heads.popitem(last=False)
    return known


def added_file(path: str, profile: AppProfile, url: str) -> str:
    """The address of a file that we add, which changes with what it shows."""
    return f"{url}{path}?v={profile.stamp}"


def _additions(head: PageHead, profile: AppProfile, url: str) -> list[tuple[int, str]]:
    """Offsets and what goes there; where two go to the same place, `<html` sorts first."""
    tags = [*_words(head, profile), *_picture(head, profile, url), *_files(head, profile, url)]
    additions = [(head.head_at, "".join(tags))]
    attributes = _attributes(head, profile)
    if attributes:
        additions.append((head.html_at, attributes if head.has_html else f"<html{attributes}>"))
    if "icon" not in head.links:
        icon = f'<link rel="icon" type="image/svg+xml" href="{added_file(ICON, profile, url)}">'
        additions.append((head.head_at if head.icon_at is None else head.icon_at, icon))
    return additions


def _attributes(head: PageHead, profile: AppProfile) -> str:
    """The page's language and its direction, which follows the language that it names itself."""
    language = head.attributes.get("lang") or profile.spoken
    added = ""
    if language and "lang" not in head.attributes:
        added += f' lang="{escape(language)}"'
    if language and "dir" not in head.attributes:
        added += f' dir="{direction_of(language)}"'
    return added


def _words(head: PageHead, profile: AppProfile) -> list[str]:
    title = head.title or profile.title
    description = head.meta.get("description") or profile.description
    tags = [] if head.title else [f"<title>{escape(title)}</title>"]
    if description:
        tags += _meta(head, "name", "description", description)
        tags += _meta(head, "property", "og:description", description)
    return [*tags, *_meta(head, "property", "og:title", title)]


def _picture(head: PageHead, profile: AppProfile, url: str) -> list[str]:
    # It is as tall as a phone: a large card would show a stripe of it.
    tags = _meta(head, "name", "twitter:card", "summary")
    if profile.pictured:
        tags += _meta(head, "property", "og:image", added_file(PICTURE, profile, url))
    return tags


def _files(head: PageHead, profile: AppProfile, url: str) -> list[str]:
    tags = _meta(head, "name", "theme-color", profile.colour)
    for relation, path in (("manifest", MANIFEST), ("apple-touch-icon", TOUCH_ICON)):
        if not any(own.startswith(relation) for own in head.links):
            tags.append(f'<link rel="{relation}" href="{added_file(path, profile, url)}">')
    return tags


def _meta(head: PageHead, kind: str, name: str, content: str) -> list[str]:
    return [] if name in head.meta else [f'<meta {kind}="{name}" content="{escape(content)}">']
