"""The kinds of file that a project may hold, and what each is served as."""

from pathlib import PurePosixPath

TEXT_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "webmanifest": "application/manifest+json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
PICTURE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
}
PAPER_TYPES = {
    "pdf": "application/pdf",
}
CONTENT_TYPES = TEXT_TYPES | PICTURE_TYPES | PAPER_TYPES


def file_type(path: str) -> str:
    """Return the part behind the last dot, or an empty string."""
    return PurePosixPath(path).suffix.removeprefix(".")


def is_picture(path: str) -> bool:
    """Tell whether a file of that name holds a picture."""
    return file_type(path) in PICTURE_TYPES


def is_paper(path: str) -> bool:
    """Tell whether a file of that name holds a paper, page by page."""
    return file_type(path) in PAPER_TYPES


def is_text(path: str) -> bool:
    """Tell whether a file of that name holds text."""
    return not (is_picture(path) or is_paper(path))
