"""The app as it takes shape: a draft that nobody else sees, then the version that is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from flask import Response

from bot.sandbox.stage.figures import counted, kilobytes
from bot.sandbox.stage.reading import Facts, FileRow
from bot.sites.file_types import CONTENT_TYPES, file_type
from bot.sites.links import SiteLinks

ENTRY = "index.html"
# The draft runs like a stranger's page: in an origin of its own, which reaches nothing but itself.
DRAFT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src {own} 'unsafe-inline'; "
    "style-src {own} 'unsafe-inline'; img-src {own} data: blob:; font-src {own} data:; "
    "connect-src {own}; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, kw_only=True)
class App:
    """What is shown of the app; without a page yet it has no `page`, without a link no `link`."""

    name: str
    tag: str
    is_published: bool
    page: str
    link: str
    files: Sequence[FileRow]
    total: str


def draw_app(facts: Facts, links: SiteLinks) -> App | None:
    """The app as of now; None before there is a project.

    The address of the page changes with the files, so that a page is loaded once.
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
        page=_address(scene.project_id, version, facts.files) if has_page else "",
        link=links.url(scene.site_token) if version and scene.site_token else "",
        files=facts.files,
        total=f"{counted(len(facts.files), 'file')}, {kilobytes(size)}",
    )


def _address(project_id: UUID, version: int | None, files: Sequence[FileRow]) -> str:
    state = sha256("".join(f"{file.path} {file.sha256}\n" for file in files).encode()).hexdigest()
    return f"stage/app/{project_id}/{version or 'draft'}/{state[:12]}/{ENTRY}"


def app_response(content: bytes, path: str, origin: str) -> Response:
    """A file of an app, for the frame on the stage at `origin`."""
    answer = Response(content, content_type=CONTENT_TYPES[file_type(path)])
    answer.headers["Content-Security-Policy"] = DRAFT_POLICY.format(own=origin)
    answer.headers["Access-Control-Allow-Origin"] = "null"  # its modules ask from nowhere
    answer.headers["Cache-Control"] = "no-store"
    return answer
