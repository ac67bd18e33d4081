"""The app as it takes shape: a draft that nobody else sees, then the version that is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from bot.collections.schemas import DEFINITIONS
from bot.sandbox.stage.figures import counted, kilobytes
from bot.sandbox.stage.reading import Facts, FileRow
from bot.sites.links import SiteLinks

ENTRY = "index.html"


@dataclass(frozen=True, kw_only=True)
class App:
    """What is shown of the app; without a page yet it has no `page`, without a link no `link`.

    `shares_data` where its visitors would share what they enter.
    """

    name: str
    tag: str
    is_published: bool
    page: str
    link: str
    files: Sequence[FileRow]
    total: str
    shares_data: bool


def draw_app(facts: Facts, links: SiteLinks, frames_at: str) -> App | None:
    """The app as of now; None before there is a project.

    `frames_at` is the origin of the frame. The address of the page changes with the files, so that
    a page is loaded once.
    """
    scene = facts.scene
    if scene.project_id is None:
        return None
    version = scene.published_version
    has_page = any(file.path == ENTRY for file in facts.files)
    size = sum(file.size for file in facts.files)
    return App(
        name=scene.title or "The app",
        tag=f"version {version}, published" if version else "draft, nobody else sees it",
        is_published=version is not None,
        page=frames_at + _path(scene.project_id, version, facts.files) if has_page else "",
        link=links.url(scene.site_token) if version and scene.site_token else "",
        files=facts.files,
        total=f"{counted(len(facts.files), 'file')}, {kilobytes(size)}",
        shares_data=any(file.path == DEFINITIONS for file in facts.files),
    )


def _path(project_id: UUID, version: int | None, files: Sequence[FileRow]) -> str:
    state = sha256("".join(f"{file.path} {file.sha256}\n" for file in files).encode()).hexdigest()
    return f"/stage/app/{project_id}/{version or 'draft'}/{state[:12]}/{ENTRY}"
