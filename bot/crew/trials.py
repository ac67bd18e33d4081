"""Trials: an app is tried in a browser as its files are now, and what was seen is kept.

The same files are not tried in the same way twice, whoever asks and however often a worker dies.
"""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from logfire import LogfireSpan
from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.builds.builds import Build
from bot.builds.lease import Lease
from bot.builds.ownership_watch import while_leased
from bot.checks.acceptance import Acceptance, StandingList
from bot.checks.checker import check_app
from bot.checks.report import SCREENS, Check, Report, Screen
from bot.crew.time_limit import not_counted
from bot.errors import BrowserMissing
from bot.projects.workspace import Workspace, manifest_of
from bot.services import Services
from telemetry.named_sql import statements
from telemetry.spans import set_browser_check, trace_browser_check

EMPTY_PDF = b"%PDF-1.7\n%%EOF\n"

log = logging.getLogger(__name__)

SQL = statements("bot.crew", "trials.sql")

_ONLY_LOOKED_AT = "null"

AGREED: frozenset[Check] = frozenset({"acceptance", "language"})  # tried by what a list says


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was clicked through (None: the page was only looked at), and what was seen.

    `views` are the pictures for those who judge the looks, by their hashes in hexadecimal, and
    `ends` those of criteria's ends, by their sentences; the report has none of them.
    """

    acceptance: Acceptance | None
    report: Report
    views: Mapping[Screen, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the app, as far as it was tried."""
        return self.report.passed if self.acceptance else self.report.looks_sound

    @property
    def is_accepted(self) -> bool:
        """Whether a list was clicked through to its end, and nothing speaks against the app."""
        return self.acceptance is not None and self.passed

    @property
    def is_unfinished(self) -> bool:
        """Whether it broke off before it had found anything: that says nothing about the app."""
        return not self.passed and not self.report.blocking

    @property
    def is_of_nothing(self) -> bool:
        """Whether the machine was too busy to try it, so that the same is to be tried again."""
        return self.report.says_nothing

    @property
    def unmet(self) -> frozenset[str]:
        """The sentences of the criteria that failed."""
        failed = (one.subject for one in self.report.blocking if one.check == "acceptance")
        return frozenset(subject for subject in failed if subject)

    @property
    def proven(self) -> frozenset[int]:
        """The numbers of the requirements that a criterion which was met proves."""
        if self.acceptance is None or "acceptance" not in self.report.ran:
            return frozenset()
        met = (one for one in self.acceptance.criteria if one.criterion not in self.unmet)
        return frozenset(number for one in met for number in one.requirements)

    @property
    def is_broken(self) -> bool:
        """Whether a fault was seen that no acceptance list is needed for."""
        return any(one.check not in AGREED for one in self.report.blocking)


@dataclass(frozen=True, kw_only=True)
class LastTrial:
    """The last trial of a build, and whether the files are still as they were then."""

    trial: Trial
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class _Row:
    acceptance: str
    report: str
    picture: bytes | None
    failure: bytes | None
    views: dict[str, str]

    def trial(self) -> Trial:
        report = Report.model_validate_json(self.report)
        pictures = {"picture": self.picture, "failure_picture": self.failure}
        is_list = self.acceptance != _ONLY_LOOKED_AT
        acceptance = StandingList.model_validate_json(self.acceptance) if is_list else None
        return Trial(
            acceptance=acceptance,
            report=report.model_copy(update=pictures),
            views=views_by_screen(self.views),
            ends={
                sentence: self.views[place]
                for place, sentence in _places(acceptance).items()
                if place in self.views
            },
        )


def views_by_screen(views: Mapping[str, str]) -> dict[Screen, str]:
    """Those of a trial's pictures that show one page on the screens there are."""
    return {screen: views[screen] for screen in SCREENS if screen in views}


async def try_app(
    services: Services, lease: Lease, build: Build, acceptance: Acceptance | None
) -> Trial | None:
    """Try the app as its files are now; None where no browser can be had.

    Ends at once when the build is stopped: raises `OwnershipLost`. What says nothing of the app is
    not kept, so that the next one who asks lets it be tried again.
    """
    if not services.settings.crew.check_apps:
        return None
    async with services.pool.connection() as connection:
        key = await _key(connection, build, acceptance)
        known = await _fetch(connection, "find_trial", key)
        workspace = Workspace(connection, build.project_id)
        files = await workspace.read_texts()
        # What a PDF shows is nothing that the page does; that it is there is.
        papers = dict.fromkeys(await workspace.list_papers(), EMPTY_PDF)
        pictures = await workspace.read_pictures() | papers
    if known is not None:
        return known
    count = len(acceptance.criteria) if acceptance else 0
    async with _free_browser(services):
        with trace_browser_check(criteria_count=count) as span:
            checking = check_app(files, acceptance, pictures=pictures)
            try:
                report = await while_leased(lease, services.ownership, checking)
            except BrowserMissing as error:
                set_browser_check(span, check_status="no_browser", faults_count=0)
                log.warning("the app of build %s is not tried: %s", build.build_id, error)
                return None
            _tell_end(span, report, acceptance)
    if report.says_nothing:
        log.warning("build %s: the machine was too busy to try the app", build.build_id)
        bare = {"picture": None, "views": (), "ends": ()}  # nobody finds those that are not kept
        return Trial(acceptance=acceptance, report=report.model_copy(update=bare))
    async with lease.transaction() as connection:
        await connection.execute(
            SQL["keep_trial"],
            {
                **key,
                "acceptance": _as_text(acceptance),
                "report": report.model_dump_json(
                    exclude={"picture", "failure_picture", "views", "ends"}
                ),
                "picture": report.picture,
                "failure": report.failure_picture,
            },
        )
        for screen, picture in _pictures(report, acceptance):
            named = {"screen": screen, "content": picture}
            await connection.execute(SQL["keep_view"], key | named)
    return Trial(
        acceptance=acceptance,
        report=report.model_copy(update={"views": (), "ends": ()}),
        views={view.screen: sha256(view.picture).hexdigest() for view in report.views},
        ends={end.criterion: sha256(end.picture).hexdigest() for end in report.ends},
    )


def _tell_end(span: LogfireSpan, report: Report, acceptance: Acceptance | None) -> None:
    """Tell the span of a check what came of it."""
    trial = Trial(acceptance=acceptance, report=report)
    if trial.is_of_nothing:
        status = "too_busy"
    elif trial.is_unfinished:
        status = "unfinished"
    else:
        status = "passed" if trial.passed else "faulty"
    set_browser_check(span, check_status=status, faults_count=len(report.blocking))


@asynccontextmanager
async def _free_browser(services: Services) -> AsyncIterator[None]:
    """A browser of those that may run at once; whose turn it is not does not spend its time."""
    with not_counted():
        await services.browsers.acquire()
    try:
        yield
    finally:
        services.browsers.release()


def _pictures(report: Report, acceptance: Acceptance | None) -> Iterator[tuple[str, bytes]]:
    """The pictures for those who judge, each with what it shows, as it is stored."""
    for view in report.views:
        yield view.screen, view.picture
    places = {sentence: place for place, sentence in _places(acceptance).items()}
    for end in report.ends:
        yield places[end.criterion], end.picture


def _places(acceptance: Acceptance | None) -> dict[str, str]:
    """The sentences of a list's criteria by what their ends are stored as."""
    criteria = acceptance.criteria if acceptance else ()
    return {f"end_{number}": one.criterion for number, one in enumerate(criteria, 1)}


async def find_trial(
    connection: AsyncConnection, build: Build, acceptance: Acceptance | None
) -> Trial | None:
    """What was seen when the files were tried in this way as they are now."""
    return await _fetch(connection, "find_trial", await _key(connection, build, acceptance))


async def find_seen(
    connection: AsyncConnection, project_id: UUID, sha256: bytes
) -> tuple[str, bytes] | None:
    """A picture that a trial of a project's app has kept, by its contents, behind its type."""
    key = {"project_id": project_id, "sha256": sha256}
    return await (await connection.execute(SQL["find_seen"], key)).fetchone()


async def find_trial_of_files(
    connection: AsyncConnection, build_id: UUID, manifest: bytes
) -> Trial | None:
    """What was seen last of these files, with a list if one was clicked through on them."""
    return await _fetch(
        connection, "find_trial_of_files", {"build_id": build_id, "manifest": manifest}
    )


async def find_last_trial(connection: AsyncConnection, build: Build) -> LastTrial | None:
    """What was seen last in this build, with a list where one was clicked through on its files."""
    key = await _key(connection, build, None)
    trial = await _fetch(connection, "find_trial_of_files", key)
    if trial is not None:
        return LastTrial(trial=trial, is_current=True)
    trial = await _fetch(connection, "find_last_trial", key)
    return LastTrial(trial=trial, is_current=False) if trial else None


async def count_trials(connection: AsyncConnection, build: Build) -> tuple[int, int]:
    """How many lists were clicked through on the files as they are now, and how many were not.

    The latter are those that the check did not come to the end of.
    """
    key = await _key(connection, build, None)
    rows = await (await connection.execute(SQL["tried_reports"], key)).fetchall()
    reached = [Report.model_validate_json(report).reached_its_list for (report,) in rows]
    return reached.count(True), reached.count(False)


def has_lost(report: Report) -> bool:
    """Whether a criterion was not met, or the page speaks another language than was agreed."""
    return any(one.check in AGREED for one in report.blocking)


async def has_lost_something(connection: AsyncConnection, build_id: UUID, manifest: bytes) -> bool:
    """Whether a list was not met that was clicked through on these files.

    Also one in the place of which another was put since: who did that may not have judged it yet.
    """
    key = {"build_id": build_id, "manifest": manifest}
    cursor = await connection.execute(SQL["tried_reports"], key)
    return any(has_lost(Report.model_validate_json(row[0])) for row in await cursor.fetchall())


async def _key(
    connection: AsyncConnection, build: Build, acceptance: Acceptance | None
) -> dict[str, object]:
    files = await Workspace(connection, build.project_id).list_files()
    text = _as_text(acceptance)
    return {
        "build_id": build.build_id,
        "manifest": manifest_of(files),
        "list_hash": sha256(text.encode()).digest(),
    }


def _as_text(acceptance: Acceptance | None) -> str:
    return acceptance.model_dump_json() if acceptance else _ONLY_LOOKED_AT


async def _fetch(
    connection: AsyncConnection, statement: str, key: dict[str, object]
) -> Trial | None:
    async with connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(SQL[statement], key)
        row = await cursor.fetchone()
    return row.trial() if row else None
