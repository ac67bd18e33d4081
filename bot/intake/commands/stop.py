"""`stop`, `unsubscribe` and `start`: an end of the work, or of all messages, and the way back.

A stop overtakes what the user said before it (`bot.intake.accept`), and takes effect when its
transaction commits. From then on the run of the build owns nothing: it can store, publish and say
nothing more, and its model call is cancelled (`bot.builds.lease`). News of the build that
was not sent is withdrawn; what was written is kept as a draft.
"""

from bot.builds.builds import decline_to_go_on
from bot.delivery.outbox import accept_contact, suppress_contact
from bot.intake.buttons import TAPPED
from bot.intake.commands.context import CommandContext
from bot.intake.erasure import end_builds
from bot.intake.forget_user import withdraw_question
from bot.intake.message_lock import note_stop, was_warned
from bot.intake.tapped import is_stale
from bot.messages import build_texts, conversation_texts


async def stop(context: CommandContext) -> None:
    """Stop all that runs or waits. Where nothing does, a second stop in a row ends all messages.

    It is also the answer to the questions whether a build may use up its budget, and whether the
    user is to be forgotten.
    """
    if await is_stale(context.connection, context.settings, context.incoming):
        await context.answer(conversation_texts.BUTTON_STALE)
        return
    await note_stop(context.connection, context.incoming)
    await withdraw_question(context.connection, context.incoming.user_id)
    if await _end_builds(context):
        await context.answer(conversation_texts.STOPPED, kind="stopped")
    elif await decline_to_go_on(context.connection, context.incoming.user_id):
        await context.answer(build_texts.BUDGET_DECLINED)
    elif context.incoming.message_type not in TAPPED and await was_warned(
        context.connection, context.incoming
    ):
        await opt_out(context)
    else:
        await context.answer(conversation_texts.NOTHING_TO_STOP, kind="nothing_to_stop")


async def opt_out(context: CommandContext) -> None:
    """Stop what runs, confirm, and send nothing more until they say start."""
    await _end_builds(context)
    await suppress_contact(context.connection, context.incoming.user_id, "opted_out")
    await context.answer(conversation_texts.OPTED_OUT, kind="opted_out")


async def opt_in(context: CommandContext) -> None:
    """Send messages again."""
    await accept_contact(context.connection, context.incoming.user_id)
    await context.answer(conversation_texts.WELCOME_BACK)


async def _end_builds(context: CommandContext) -> bool:
    incoming = context.incoming
    return await end_builds(
        context.connection, user_id=incoming.user_id, request_id=incoming.request_id
    )
