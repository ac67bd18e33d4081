"""What follows from a message that a model has read: an answer, a question, a build, a change."""

from dataclasses import replace

from psycopg import AsyncConnection

from bot.attachments.mentions import merged
from bot.attachments.storage import note_meaning
from bot.builds.change_requests import add_to_yes, find_reader
from bot.builds.questions import find_question
from bot.builds.retry import open_for_words
from bot.delivery.typing_indicator import typing_shown
from bot.intake.album import await_other_words
from bot.intake.answers import Answer
from bot.intake.app_work import build_or_change, change, with_files
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
from bot.intake.intent import Intent, understand
from bot.intake.late import is_late, whether_still
from bot.intake.open_question import About, OpenQuestion
from bot.intake.question_replies import QuestionReply, settle
from bot.intake.reading import Reading
from bot.intake.replies import reply, say
from bot.languages.i18n import use_locale
from bot.languages.user_locale import note_heard
from bot.memory.facts import remember
from bot.messages import build_texts, conversation_texts
from bot.messages.kinds import MessageKind
from bot.requests.states import RequestType


async def act_on_intent(reading: Reading) -> bool:
    """Ask a model what the message means, and store what follows from it."""
    async with typing_shown(reading.services.twilio, reading.incoming.message_sid):
        intent = await understand(reading)
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
        await pass_over_doubt(connection, incoming)
        if await is_late(connection, reading):
            asked, about = whether_still(reading), route.project
            await ask_whether_still(connection, incoming, asked, kind=route.kind, project=about)
            return
        await build_or_change(
            reading, connection, kind=route.kind, number=route.project, size=route.size
        )
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
    await build_or_change(
        reading, connection, kind=question.kind or "new_build", number=question.project
    )


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
    body = await with_files(connection, incoming, app.project_id)
    await add_to_yes(connection, build_id=reader, request_id=incoming.request_id, body=body)
    await say(connection, incoming, build_texts.worked_in(app.title), kind=MessageKind.NOTED)
