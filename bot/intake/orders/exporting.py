"""`export`: the current project's files as a document."""

import io
import re
import zipfile
from dataclasses import dataclass

from psycopg import AsyncConnection

from bot import command_wording, wording
from bot.delivery.media import Media, keep
from bot.intake.orders.order import Order
from bot.projects.history import read_current
from bot.projects.versions import list_projects

ZIP = "application/zip"
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can tell of
_UNSAFE = re.compile(r"[^\w-]+")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A project's files in one document; `files` is how many."""

    title: str
    files: int
    media: Media


async def export(order: Order) -> None:
    """Send all files that the link shows, zipped."""
    user_id = order.incoming.user_id
    found = await read_export(order.connection, user_id)
    if found is None:
        project = await order.current_project()
        await order.answer(command_wording.NOTHING_TO_EXPORT if project else wording.WHAT_NEXT)
        return
    kept = await keep(order.connection, user_id, found.media)
    await order.answer(command_wording.exported(found.title, found.files), media=kept)


async def read_export(connection: AsyncConnection, user_id: str) -> Exported | None:
    """What their current project's link shows, as one document; None where it shows nothing."""
    project = next(iter(await list_projects(connection, user_id)), None)
    files = await read_current(connection, project.project_id) if project else {}
    if project is None or not files:
        return None
    name = _UNSAFE.sub("-", project.title).strip("-").lower() or "app"
    media = Media(file_name=f"{name}.zip", content_type=ZIP, content=zipped(files))
    return Exported(title=project.title, files=len(files), media=media)


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file; the same files make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()
