"""Tries the app in a browser before anyone is told about it. The evidence decides what is said."""

import logging

from bot import wording
from bot.checks.checker import check_app
from bot.checks.report import Report
from bot.errors import BrowserMissing
from bot.projects.ownership import while_owner
from bot.projects.types import is_picture
from bot.projects.versions import Published
from bot.projects.workspace import Workspace
from bot.workflows.stage import Stage

log = logging.getLogger(__name__)

FAULTS_TOLD = 3  # to the person; more help nobody on a phone


async def try_app(stage: Stage) -> Report | None:
    """What the hard check sees of the workspace; None where no browser can be had.

    Ends at once when the build is stopped: raises `OwnershipLost`.
    """
    if not stage.services.settings.check_apps:
        return None
    async with stage.services.pool.connection() as connection:
        workspace = Workspace(connection, stage.build.project_id)
        paths = [file.path for file in await workspace.list_files()]
        files = {path: await workspace.read(path) for path in paths if not is_picture(path)}
        pictures = {path: await workspace.read_bytes(path) for path in paths if is_picture(path)}
    async with stage.services.browsers:
        try:
            report = await while_owner(stage.claim, check_app(files, None, pictures=pictures))
        except BrowserMissing as error:
            log.warning("the app of build %s is not tried: %s", stage.build.build_id, error)
            return None
    log.info("build %s: %d faults", stage.build.build_id, len(report.blocking))
    return report


def announcement(version: Published, report: Report | None) -> str:
    """What the person is told of a new version: that it is ready only if it was seen to work."""
    if report is None:
        return wording.published_untried(version.title, version.url, version.number)
    if report.looks_sound:
        return wording.published(version.title, version.url, version.number)
    faults = [finding.message for finding in report.blocking[:FAULTS_TOLD]]
    if not faults:
        faults = ["I could not try all of it."]
    return wording.published_faulty(version.title, version.url, version.number, faults)
