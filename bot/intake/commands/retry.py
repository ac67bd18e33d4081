"""`try again`: a build that failed or was stopped goes on from its last stored turn.

What was queued behind it when it was stopped goes on behind it. Said or tapped twice it does
nothing more. A build whose link shows another version since stays where it is, because what it had
written knows nothing of a newer one, and brings back what was undone. So does one that ended longer
ago than what its agents know is kept.
"""

from uuid import UUID

from bot.builds.retry import RetriableBuild, find_to_retry, retry_build
from bot.intake.commands.context import CommandContext
from bot.intake.forget_user import withdraw_deletion_questions
from bot.intake.open_question import OpenQuestion
from bot.intake.replies import say
from bot.intake.tapped import tapped_message
from bot.messages import build_texts, conversation_texts
from bot.messages.kinds import MessageKind
from bot.projects.project_list import open_project


async def retry(context: CommandContext) -> None:
    """Let the build that is meant go on, or say why it does not; a yes to that deletes nothing."""
    connection, incoming = context.connection, context.incoming
    await withdraw_deletion_questions(connection, incoming.request_id)
    tapped = tapped_message(context.settings.identity, incoming)
    build = await find_to_retry(
        connection,
        incoming.user_id,
        kept_days=context.settings.retention.resumable_days,
        about=tapped,
        project_id=context.project_id,
    )
    if build is None:
        await context.answer(
            conversation_texts.BUTTON_STALE if tapped else conversation_texts.NOTHING_TO_RETRY
        )
    else:
        await _go_on_if_possible(context, build)


async def retry_put_down(context: CommandContext, question: OpenQuestion) -> bool:
    """Let the build go on that rests because of its budget, or say why it does not.

    A stop may have been a no to it before the yes was read. Returns whether it goes on.
    """
    build = await find_to_retry(
        context.connection,
        context.incoming.user_id,
        kept_days=context.settings.retention.resumable_days,
        build_id=question.build_id,
    )
    if build is None:
        await context.answer(conversation_texts.NOTHING_TO_RETRY)
    elif not (build.awaits_answer or build.is_under_way):
        await context.answer(conversation_texts.SETTLED_ALREADY)
    else:
        return await _go_on_if_possible(context, build)
    return False


async def _go_on_if_possible(context: CommandContext, build: RetriableBuild) -> bool:
    if build.is_under_way:
        await context.answer(build_texts.under_way_already(build.title))
    elif build.is_outdated:
        await context.answer(build_texts.outdated(build.title))
    elif build.is_left_behind:
        await context.answer(build_texts.left_behind(build.title))
    elif build.is_given_up:
        await context.answer(build_texts.given_up(build.title))
    else:
        return await _go_on(context, build.build_id)
    return False


async def _go_on(context: CommandContext, build_id: UUID) -> bool:
    """Queue the build again, in the name of this request; False if it has gone meanwhile."""
    connection, incoming = context.connection, context.incoming
    build = await retry_build(connection, build_id, request_id=incoming.request_id)
    if build is None:
        await context.answer(conversation_texts.NOTHING_TO_RETRY)
        return False
    await open_project(connection, incoming.user_id, build.project_id)
    await say(connection, incoming, build_texts.retrying(build.title), kind=MessageKind.RETRYING)
    return True
