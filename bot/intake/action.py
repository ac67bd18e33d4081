"""What follows from a message that a model has read: an answer, a question, a build, a change."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.mentions import merged, with_mentions
from bot.attachments.storage import attach_to_request, note_meaning
from bot.builds.builds import UnfinishedBuild, create_build
from bot.builds.change_requests import add_change, add_to_yes, find_reader
from bot.builds.questions import find_question
from bot.builds.retry import open_for_words
from bot.delivery.typing_indicator import typing_shown
from bot.intake.album import await_other_words
from bot.intake.answers import Answer
from bot.intake.clarification import (
    ask_back,
    ask_whether_still,
    clear_doubt,
    pass_over_doubt,
)
from bot.intake.command_names import Command
from bot.intake.commands import context_of, run_read_command
from bot.intake.commands.confirming import ask_again, confirm
from bot.intake.commands.declining import decline
from bot.intake.commands.retry import retry_put_down
from bot.intake.forget_user import withdraw_deletion_questions
from bot.intake.incoming import Incoming
from bot.intake.intent import Intent, understand_in_time
from bot.intake.late import is_late, whether_still
from bot.intake.open_question import About, OpenQuestion
from bot.intake.question_replies import QuestionReply, settle
from bot.intake.reading import Reading
from bot.intake.replies import reply, say
from bot.languages.i18n import localized, use_locale
from bot.languages.user_locale import note_heard
from bot.markup.shortening import shorten
from bot.markup.whatsapp import as_label
from bot.memory.facts import remember
from bot.messages import build_texts, command_texts, conversation_texts
from bot.messages.kinds import MessageKind
from bot.model.answers import ChangeSize
from bot.projects.project_list import open_project
from bot.projects.versions import Project, create_project
from bot.requests.lifecycle import begin_work
from bot.requests.states import RequestType

FIRST_TITLE = 40  # characters of the request that name a project until it is planned


async def act_on_intent(reading: Reading) -> bool:
    """Ask a model what the message means, and store what follows from it."""
    async with typing_shown(reading.services.twilio, reading.incoming.message_sid):
        intent = await understand_in_time(reading)
    route, user_id = intent.route, reading.incoming.user_id
    async with reading.handling() as connection:
        with use_locale(
            await note_heard(connection, user_id, route.language, reading.incoming.body)
        ):
            await remember(connection, user_id, route.remember)
            if intent.answer is None:
                await withdraw_deletion_questions(connection, reading.incoming.request_id)
            await _follow(reading, connection, intent)
    return True


async def _follow(reading: Reading, connection: AsyncConnection, intent: Intent) -> None:
    incoming, route = reading.incoming, intent.route
    if intent.answer is not None:
        # An app that is being built is not to do what a mere yes says.
        is_mere = route.kind == "assent" and intent.answer.question.about is About.BUDGET
        words = "" if is_mere else incoming.body
        await apply_answer(reading, connection, intent.answer, words=words)
    elif route.kind == "command" and route.command is not None:
        await await_other_words(connection, reading.asked_about)
        await run_read_command(reading, connection, Command(route.command), route.argument or "")
    elif route.kind == "unsure":
        kind = "change" if route.project else "new_build"
        await ask_back(connection, incoming, kind=kind, project=route.project)
    elif route.kind in {"new_build", "change"}:
        await pass_over_doubt(connection, incoming.user_id)
        if await is_late(connection, reading):
            asked, about = whether_still(reading), route.project
            await ask_whether_still(connection, incoming, asked, kind=route.kind, project=about)
            return
        await _work(reading, connection, route.kind, route.project, size=route.size)
    else:
        await await_other_words(connection, reading.asked_about)
        await reply(connection, incoming, intent.reply, RequestType.TALK)


async def apply_answer(
    reading: Reading, connection: AsyncConnection, answer: Answer, *, words: str = ""
) -> None:
    """Do what an answer to an open question says; `words` are those that a model had to read."""
    question = answer.question
    if question.question_id is not None:
        asked = await find_question(connection, reading.incoming.user_id, question.question_id)
        said = QuestionReply(question=asked, words=words.strip(), project_id=question.project_id)
        await settle(connection, reading.services.settings.crew, reading.incoming, said)
    elif not answer.is_yes:
        await decline(context_of(reading, connection), question)
    elif answer.is_doubtful:
        await ask_again(context_of(reading, connection), question)
    elif question.about is About.DOUBT:
        await _build_doubted(reading, connection, question, words)
    elif question.about is About.BUDGET and words:
        await _go_on_with(reading, connection, question)
    else:
        await confirm(context_of(reading, connection), question)


async def _build_doubted(
    reading: Reading, connection: AsyncConnection, question: OpenQuestion, words: str
) -> None:
    """Build what was in doubt, with what the user adds to it."""
    if not await clear_doubt(connection, reading.incoming.user_id):
        await reply(
            connection, reading.incoming, conversation_texts.SETTLED_ALREADY, RequestType.TALK
        )
        return
    request_text = merged([question.subject, words])
    reading.incoming = replace(reading.incoming, body=request_text)
    await note_meaning(connection, reading.incoming.message_sid, request_text)
    await _work(reading, connection, question.kind or "new_build", question.project)


async def _go_on_with(
    reading: Reading, connection: AsyncConnection, question: OpenQuestion
) -> None:
    """Let the build go on that rests, and make what the user adds to their yes.

    Where its app is being built otherwise by now, that makes it. Where nobody reads the list of the
    build any more, the next one does, whose own request it is then.
    """
    incoming, builds = reading.incoming, reading.dialogue.builds
    built = next((one for one in builds if one.project_id == question.project_id), None)
    if built is not None:
        await change(connection, incoming, built, None)
        return
    if not await retry_put_down(context_of(reading, connection), question):
        return
    app = next(one for one in reading.dialogue.projects if one.project_id == question.project_id)
    reader = await find_reader(connection, app.project_id)
    if reader is None:
        request_id = await open_for_words(connection, incoming.request_id)
        await change(connection, replace(incoming, request_id=request_id), app, None)
        return
    body = await _with_files(connection, incoming, app.project_id)
    await add_to_yes(connection, build_id=reader, request_id=incoming.request_id, body=body)
    await say(connection, incoming, build_texts.worked_in(app.title), kind=MessageKind.NOTED)


async def _work(
    reading: Reading,
    connection: AsyncConnection,
    kind: str,
    number: int | None,
    *,
    size: ChangeSize | None = None,
) -> None:
    """Change an app of theirs, so much as `size` says, or build a new one where they have none."""
    incoming, projects = reading.incoming, reading.dialogue.projects
    if kind == "new_build" or not projects:
        title = shorten(as_label(incoming.body), FIRST_TITLE) or localized(build_texts.UNTITLED)
        project = await create_project(connection, user_id=incoming.user_id, title=title)
        await _build(connection, incoming, project.project_id)
        return
    chosen = _chosen(projects, number)
    if chosen is None:
        sentence = command_texts.no_such_project(str(number), len(projects))
        await reply(connection, incoming, sentence, RequestType.TALK)
        return
    await change(connection, incoming, chosen, size)


def _chosen(projects: Sequence[Project], number: int | None) -> Project | None:
    """The project of that number; without a number, the one they mean."""
    if number is None:
        return projects[0]
    return next((one for one in projects if one.number == number), None)


async def change(
    connection: AsyncConnection,
    incoming: Incoming,
    project: Project | UnfinishedBuild,
    size: ChangeSize | None,
    *,
    is_noted: bool = True,
) -> None:
    """Let the change be made by the build that runs, or by the next one, and say which.

    What is not to be noted is part of what was said before: nothing is said if the same build
    makes it.
    """
    request_text = await _begin(connection, incoming, project.project_id, RequestType.CHANGE)
    when = await add_change(
        connection,
        project_id=project.project_id,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        body=request_text,
        size=size,
    )
    if when is None or (when == "now" and not is_noted):
        return  # the build tells what it understood
    sentence = build_texts.worked_in if when == "now" else build_texts.queued_behind
    await say(connection, incoming, sentence(project.title), kind=MessageKind.NOTED)


async def _build(connection: AsyncConnection, incoming: Incoming, project_id: UUID) -> None:
    request_text = await _begin(connection, incoming, project_id, RequestType.BUILD)
    await create_build(
        connection,
        request_id=incoming.request_id,
        project_id=project_id,
        user_id=incoming.user_id,
        request_text=request_text,
    )


async def _begin(
    connection: AsyncConnection, incoming: Incoming, project_id: UUID, request_type: RequestType
) -> str:
    """Begin the work on a project; returns the request with the files that belong to it."""
    await begin_work(connection, incoming.request_id, request_type, project_id)
    await open_project(connection, incoming.user_id, project_id)
    return await _with_files(connection, incoming, project_id)


async def _with_files(connection: AsyncConnection, incoming: Incoming, project_id: UUID) -> str:
    """The message with the files that belong to it, which are the project's from now on."""
    files = await attach_to_request(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        project_id=project_id,
        request_text=incoming.body,
    )
    return with_mentions(incoming.body, files)
