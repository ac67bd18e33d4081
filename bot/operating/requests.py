"""Cancelling a request, and letting a failed one go on: what users do by `stop` and `try again`.

A cancelled request ends as after a stop of its user's: when the transaction commits, its run owns
nothing, so no model is called for it, nothing is published and no success is told any more.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from bot.builds.retry import RetriableBuild, find_to_retry, retry_build
from bot.builds.stopping import StoppedBuild, decline_of, stop_behind, stop_build_of
from bot.delivery.outbox import enqueue, withdraw
from bot.errors import ActRefused, NotFound
from bot.intake.ending_builds import wind_up
from bot.intake.message_lock import lock_reading
from bot.languages.i18n import use_locale
from bot.messages import build_texts
from bot.messages.kinds import MessageKind
from bot.operating.audit import Action, Operator, note
from bot.operating.reach import why_unheard
from bot.projects.project_list import open_project
from bot.requests.lifecycle import Request, end_work, load_request, show_opened
from bot.requests.states import RequestType, WorkEnd
from bot.settings.groups import RetentionSettings
from telemetry.named_sql import statements
from telemetry.root import mint_root

SQL = statements("bot.operating", "requests.sql")


async def cancel(connection: AsyncConnection, request_id: UUID, by: Operator) -> None:
    """Stop the work on one request, and tell its user.

    Of an app that has never come out also what is queued behind it: nothing is published.
    Raises `NotFound`, or `ActRefused` where nothing of it is under way.
    """
    async with connection.transaction():
        request = await _locked(connection, request_id)
        with use_locale(request.language):
            ended = await _stop(connection, request) or await _decline(connection, request)
            if ended is not None:
                sentence = await _cancelled(connection, ended)
            else:
                await _end_unread(connection, request)
                sentence = build_texts.CANCELLED_UNREAD
            ended_id = ended.current_request_id if ended else request_id
            await enqueue(
                connection,
                user_id=request.user_id,
                request_id=ended_id,
                kind=MessageKind.STOPPED,
                body=sentence,
                dedupe_key=f"{ended_id}:cancelled",
            )
        await note(connection, by, Action.CANCEL, f"request:{request_id}")


async def retry(
    connection: AsyncConnection, request_id: UUID, by: Operator, kept: RetentionSettings
) -> UUID:
    """Let the build of a request go on that failed or was stopped, and tell its user.

    As after their "try again" its app is the one that they have open. Returns the request in whose
    name it goes on. Raises `NotFound`, or `ActRefused` with why not.
    """
    async with connection.transaction():
        request = await _locked(connection, request_id)
        async with connection.cursor(row_factory=class_row(_Built)) as cursor:
            await cursor.execute(SQL["find_build_of"], {"request_id": request_id})
            build = await cursor.fetchone()
        if build is None:
            raise ActRefused("Nothing was built for this request.")
        if why := why_unheard(build.suppressed_reason):
            raise ActRefused(why)
        goes_on_as = await go_on(connection, request.user_id, build.build_id, kept)
        await open_project(connection, request.user_id, build.project_id)
        await note(connection, by, Action.RETRY, f"request:{request_id}")
    await show_opened(connection, goes_on_as)
    return goes_on_as


async def go_on(
    connection: AsyncConnection, user_id: str, build_id: UUID, kept: RetentionSettings
) -> UUID:
    """Queue a build again, in the name of a request of its own; returns that.

    One that was stopped behind another one goes on behind that. The caller has locked the user's
    reading, and shows that request once it is committed. Raises `ActRefused` with why not.
    """
    found = await find_to_retry(
        connection, user_id, kept_days=kept.resumable_days, build_id=build_id
    )
    if found is None or (why := _why_not(found)):
        raise ActRefused(why if found else "It is completed.")
    root = mint_root()
    async with connection.cursor(row_factory=class_row(_Opened)) as cursor:
        ids = {"user_id": user_id, "trace_id": root.trace_id, "span_id": root.span_id}
        await cursor.execute(SQL["open_request"], ids)
        opened = await cursor.fetchone()
    assert opened is not None  # the build has a user
    retried = await retry_build(connection, found.build_id, request_id=opened.request_id)
    if retried is None:
        raise ActRefused("It goes on already.")
    with use_locale(opened.language):
        await enqueue(
            connection,
            user_id=user_id,
            request_id=opened.request_id,
            kind=MessageKind.RETRYING,
            body=build_texts.retrying(retried.title),
        )
    return opened.request_id


@dataclass(frozen=True, kw_only=True)
class _Built:
    build_id: UUID
    project_id: UUID
    suppressed_reason: str | None


@dataclass(frozen=True, kw_only=True)
class _Opened:
    request_id: UUID
    language: str | None


async def _locked(connection: AsyncConnection, request_id: UUID) -> Request:
    """The request, while nobody else decides about its user."""
    request = await load_request(connection, request_id)
    if request is None:
        raise NotFound
    await lock_reading(connection, request.user_id)
    now = await load_request(connection, request_id)
    if now is None:
        raise NotFound
    return now


async def _stop(connection: AsyncConnection, request: Request) -> StoppedBuild | None:
    """Stop the build that runs or waits for it, with what must not come out instead."""
    stopped = await stop_build_of(connection, request.request_id)
    if stopped is not None:
        for build in (stopped, *await stop_behind(connection, stopped)):
            await wind_up(connection, request.user_id, build)
    return stopped


async def _decline(connection: AsyncConnection, request: Request) -> StoppedBuild | None:
    """Take back the question whether its build may go on, also where that is not out yet."""
    declined = await decline_of(connection, request.request_id)
    if declined is not None:
        asked_for = {declined.request_id, declined.current_request_id}
        await withdraw(connection, request.user_id, asked_for)
    return declined


async def _end_unread(connection: AsyncConnection, request: Request) -> None:
    """End a request for which nothing is built: it waits to be read, or is being read."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_host"], {"request_id": request.request_id})
        host: UUID | None = await cursor.fetchone()
    if host is not None:
        raise ActRefused(f"It is a change that goes into the build of request {host}: cancel that.")
    if request.status != "accepted":
        raise ActRefused(f"Nothing is done for it any more: it is {request.status}.")
    await end_work(connection, request.request_id, WorkEnd.STOPPED, request_type=RequestType.UNREAD)
    await withdraw(connection, request.user_id, {request.request_id})


async def _cancelled(connection: AsyncConnection, build: StoppedBuild) -> str:
    """What its user is told: all the work on the app is at an end, or some of it goes on."""
    cursor = await connection.execute(SQL["find_cancelled"], {"build_id": build.build_id})
    ((title, goes_on),) = await cursor.fetchall()
    if goes_on:
        return build_texts.cancelled_in_part(title)
    if build.is_online:
        return build_texts.cancelled_while_online(title)
    return build_texts.cancelled(title)


def _why_not(build: RetriableBuild) -> str | None:
    if build.is_under_way:
        return "Its app is being built already."
    if build.is_outdated:
        return "Its app has a newer version, of which it knows nothing."
    if build.is_left_behind:
        return "Its app shows another version since, of which it knows nothing."
    if build.is_given_up:
        return "It ended so long ago that what its agents knew is gone."
    return None
