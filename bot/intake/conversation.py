"""The conversation job: read one message and decide what happens, one at a time per user.

Whatever is decided is stored in one transaction, so a message that is read twice because a worker
died has one effect.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.attachments.ingest import Ingested, take_in, with_mentions
from bot.attachments.storage import attach_to_request, is_one_of_several
from bot.builds.builds import create_build
from bot.builds.change_requests import add_change
from bot.builds.questions import find_open
from bot.delivery.outbox import enqueue, has_opted_out
from bot.delivery.typing_indicator import typing_shown
from bot.errors import (
    AttachmentUnavailable,
    ContextExceeded,
    MessageSuperseded,
    ModelBusy,
    ModelError,
    ModelMisconfigured,
    ModelRefused,
)
from bot.intake.batching import with_queued
from bot.intake.buttons import meaning
from bot.intake.clarification import ask_back, clear_doubt, note_meaning
from bot.intake.command_names import NEVER_OVERTAKEN, WITHOUT_MESSAGES
from bot.intake.command_words import find_language
from bot.intake.commands import dispatch
from bot.intake.commands.context import CommandContext
from bot.intake.commands.parser import read_command
from bot.intake.intent import Intent, understand_in_time
from bot.intake.message_lock import check, deciding
from bot.intake.payload import load_fields
from bot.intake.question_replies import QuestionReply, find_reply, settle
from bot.intake.routing import SQL, Incoming
from bot.languages.i18n import current_locale, use_locale
from bot.languages.locale_request import find_locale_request
from bot.languages.user_locale import note_first_heard, note_heard, note_requested
from bot.memory.facts import remember
from bot.messages import build_texts, command_texts, conversation_texts
from bot.model.budgets import settle_dead
from bot.projects.project_list import open_project
from bot.projects.versions import Project, create_project
from bot.requests.lifecycle import begin_work, close_if_finished, end_work, in_request, load_request
from bot.services import Services
from bot.settings import Settings

log = logging.getLogger(__name__)

FIRST_TITLE = 40  # characters of the request that name a project until it is planned

# What is said when a message could not be read for good.
_SENTENCES: dict[type[Exception], str] = {
    AttachmentUnavailable: conversation_texts.FILE_NOT_FETCHED,
    ContextExceeded: build_texts.FAILED_TOO_LARGE,
    ModelMisconfigured: build_texts.FAILED_MISCONFIGURED,
    ModelRefused: build_texts.FAILED_REFUSED,
}


async def read_message(
    services: Services, message_sid: str, *, is_last: Callable[[Exception], bool]
) -> None:
    """Read a message and store what follows from it.

    A failure after which there `is_last` no other attempt is told to the user; it is raised as
    well, unless it is the model's or Twilio's. A model that does not answer is told at once.
    """
    async with services.pool.connection() as connection:
        incoming = await _load(connection, message_sid)
        if incoming is None:
            return  # forgotten meanwhile
        request = await load_request(connection, incoming.request_id)
        await settle_dead(connection, incoming.request_id)
    if request is None or request.status != "accepted":
        return  # forgotten meanwhile, or read by a job that died after its commit
    with in_request(request), suppress(MessageSuperseded):
        try:
            await _read(services, incoming)
        except MessageSuperseded:
            raise
        except Exception as error:
            if not is_last(error):
                if isinstance(error, ModelBusy):
                    await _tell_unread(services, incoming)
                raise
            log.exception("message %s could not be read", message_sid)
            sentence = next(
                (said for kind, said in _SENTENCES.items() if isinstance(error, kind)),
                conversation_texts.TRY_AGAIN_LATER,
            )
            async with deciding(services.pool, incoming) as connection:
                await _answer(connection, incoming, "failed", sentence, status="failed")
            if not isinstance(error, ModelError | AttachmentUnavailable):
                raise  # a fault of ours: the job is kept as failed
    async with services.pool.connection() as connection:
        await close_if_finished(connection, incoming.request_id)


async def _load(connection: AsyncConnection, message_sid: str) -> Incoming | None:
    async with connection.cursor(row_factory=class_row(Incoming)) as cursor:
        await cursor.execute(SQL["load_message"], {"message_sid": message_sid})
        return await cursor.fetchone()


async def _read(services: Services, incoming: Incoming) -> None:
    async with services.pool.connection() as connection:
        said = await meaning(connection, services.settings, incoming)
        opted_out = await has_opted_out(connection, incoming.user_id)
        incoming = replace(incoming, body=said)
        is_named = incoming.message_type == "document"  # its body is the file's name
        ordered = None if is_named else await read_command(connection, incoming)
    if opted_out and (ordered is None or ordered[0] not in WITHOUT_MESSAGES):
        async with services.pool.connection() as connection:
            await end_work(connection, incoming.request_id, "completed", request_type="opted_out")
        return
    if ordered is not None:
        command, argument = ordered
        overtaken = command not in NEVER_OVERTAKEN
        async with deciding(services.pool, incoming, overtaken=overtaken) as connection:
            with use_locale(await _language_of_command(connection, incoming)):
                await dispatch(
                    CommandContext(
                        connection=connection,
                        settings=services.settings,
                        incoming=incoming,
                        command=command,
                        argument=argument,
                    )
                )
        return
    async with services.pool.connection() as connection:
        reply = None if is_named else await find_reply(connection, incoming)
        is_asked = await find_open(connection, incoming.user_id) is not None
    if reply is not None:
        async with deciding(services.pool, incoming) as connection:
            await settle(connection, services.settings, incoming, reply)
        return
    # While the crew asks, "German please" may be the answer: that is for the router to tell.
    requested = None if is_named or is_asked else find_locale_request(incoming.body)
    if requested is not None:
        async with deciding(services.pool, incoming) as connection:
            await note_requested(connection, incoming.user_id, requested)
            with use_locale(requested):
                await _answer(connection, incoming, "command", conversation_texts.LANGUAGE_SET)
        return
    await check(services.pool, incoming)
    incoming = await with_queued(services.pool, incoming)
    taken = await _take_in(services, incoming)
    if not taken.body.strip():
        async with deciding(services.pool, incoming) as connection:
            await _answer(
                connection, incoming, "talk", taken.excuse or conversation_texts.NOTHING_SAID
            )
        return
    if taken.is_only_pictures:
        async with deciding(services.pool, incoming) as connection:
            await _ask_what_for(connection, incoming)
        return
    incoming = replace(incoming, body=taken.body)
    async with typing_shown(services.twilio, incoming.message_sid):
        understood = await understand_in_time(services, incoming)
    async with deciding(services.pool, incoming) as connection:
        with use_locale(await note_heard(connection, incoming.user_id, understood.route.language)):
            if taken.excuse:
                await _excuse(connection, incoming, taken.excuse)
            await remember(connection, incoming.user_id, understood.route.remember)
            await clear_doubt(connection, incoming.user_id)
            await _follow(connection, services.settings, understood)


async def _take_in(services: Services, incoming: Incoming) -> Ingested:
    async with services.pool.connection() as connection:
        fields = await load_fields(connection, services.settings, incoming.message_sid)
    return await take_in(
        services,
        fields,
        message_sid=incoming.message_sid,
        user_id=incoming.user_id,
        message_type=incoming.message_type,
        body=incoming.body,
    )


async def _tell_unread(services: Services, incoming: Incoming) -> None:
    """Say once that the message is read later, unless a stop came after it."""
    async with deciding(services.pool, incoming) as connection:
        await enqueue(
            connection,
            user_id=incoming.user_id,
            request_id=incoming.request_id,
            kind="unread",
            body=conversation_texts.UNREAD_FOR_NOW,
            dedupe_key=f"{incoming.request_id}:unread",
        )


async def _excuse(connection: AsyncConnection, incoming: Incoming, sentence: str) -> None:
    """Say what of a message cannot be taken; the rest of it is."""
    await enqueue(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        kind="excuse",
        body=sentence,
    )


async def _ask_what_for(connection: AsyncConnection, incoming: Incoming) -> None:
    """Ask what the pictures are for; once, where several come one after the other."""
    if await is_one_of_several(connection, incoming.user_id, incoming.message_sid):
        await end_work(connection, incoming.request_id, "completed", request_type="talk")
        return
    await _answer(connection, incoming, "talk", conversation_texts.WHAT_ABOUT_PICTURES)


async def _language_of_command(connection: AsyncConnection, incoming: Incoming) -> str:
    """Their language; if it is not known yet, the word that they use may tell."""
    heard = find_language(incoming.body)
    return (
        await note_first_heard(connection, incoming.user_id, heard) if heard else current_locale()
    )


async def _follow(connection: AsyncConnection, settings: Settings, understood: Intent) -> None:
    incoming, projects = understood.incoming, understood.projects
    decision = understood.route
    if decision.kind == "talk":
        await _answer(connection, incoming, "talk", understood.reply)
        return
    if decision.kind == "answer":
        answer = QuestionReply(question=understood.question, words=incoming.body.strip())
        await settle(connection, settings, incoming, answer)
        return
    if decision.kind == "unsure":
        await ask_back(connection, incoming, would_change=decision.project)
        return
    if understood.is_assent:
        await note_meaning(connection, incoming)
    if decision.kind == "change" and projects:
        project = _chosen(projects, decision.project)
        if project is None:
            sentence = command_texts.no_such_project(str(decision.project), len(projects))
            await _answer(connection, incoming, "talk", sentence)
            return
        await _change(connection, incoming, project)
    else:
        title = incoming.body.strip()[:FIRST_TITLE]
        project = await create_project(connection, user_id=incoming.user_id, title=title)
        await _build(connection, incoming, project.project_id)


def _chosen(projects: list[Project], number: int | None) -> Project | None:
    """The project of that number; without a number, the one they mean."""
    if number is None:
        return projects[0]
    return next((one for one in projects if one.number == number), None)


async def _change(connection: AsyncConnection, incoming: Incoming, project: Project) -> None:
    """Let the change be made by the build that runs, or by the next one, and say which."""
    request_text = await _begin(connection, incoming, project.project_id, "change")
    when = await add_change(
        connection,
        project_id=project.project_id,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        body=request_text,
    )
    if when is None:
        return  # the build tells what it understood
    sentence = build_texts.worked_in if when == "now" else build_texts.queued_behind
    await enqueue(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        kind="noted",
        body=sentence(project.title),
    )


async def _build(connection: AsyncConnection, incoming: Incoming, project_id: UUID) -> None:
    request_text = await _begin(connection, incoming, project_id, "build")
    await create_build(
        connection,
        request_id=incoming.request_id,
        project_id=project_id,
        user_id=incoming.user_id,
        request_text=request_text,
    )


async def _begin(
    connection: AsyncConnection, incoming: Incoming, project_id: UUID, request_type: str
) -> str:
    """Begin the work on a project; returns the request with the files that belong to it."""
    await begin_work(connection, incoming.request_id, request_type, project_id)
    await open_project(connection, incoming.user_id, project_id)
    files = await attach_to_request(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        project_id=project_id,
        request_text=incoming.body,
    )
    return with_mentions(incoming.body, files)


async def _answer(
    connection: AsyncConnection,
    incoming: Incoming,
    request_type: str,
    sentence: str,
    *,
    status: str = "completed",
) -> None:
    """Say one thing and end the request."""
    await enqueue(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        kind="reply",
        body=sentence,
    )
    await end_work(connection, incoming.request_id, status, request_type=request_type)
