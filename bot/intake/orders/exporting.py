"""`export`: the current project's files as a document."""

import io
import re
import zipfile

from bot import command_wording, wording
from bot.delivery.media import Media, keep
from bot.intake.orders.order import Order
from bot.projects.history import read_current

ZIP = "application/zip"
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can tell of
_UNSAFE = re.compile(r"[^\w-]+")


async def export(order: Order) -> None:
    """Send all files that the link shows, zipped."""
    project = await order.current_project()
    files = await read_current(order.connection, project.project_id) if project else {}
    if project is None or not files:
        await order.answer(command_wording.NOTHING_TO_EXPORT if project else wording.WHAT_NEXT)
        return
    name = _UNSAFE.sub("-", project.title).strip("-").lower() or "app"
    kept = await keep(
        order.connection,
        order.incoming.user_id,
        Media(file_name=f"{name}.zip", content_type=ZIP, content=zipped(files)),
    )
    await order.answer(command_wording.exported(project.title, len(files)), media=kept)


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file; the same files make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()
