"""`unsubscribe` and `start`: an end of all messages and of the work, and the way back."""

from bot.builds.stopping import decline_all
from bot.delivery.recipients import accept_contact, suppress_contact
from bot.intake.clarification import clear_older_doubt
from bot.intake.commands.context import CommandContext
from bot.intake.ending_builds import end_builds
from bot.intake.message_lock import note_stop
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind


async def ask_whether_to_opt_out(context: CommandContext) -> None:
    """Ask; only a model has read that they want no more messages."""
    await context.answer(
        conversation_texts.REALLY_UNSUBSCRIBE,
        kind=MessageKind.UNSUBSCRIBE_ASKED,
        choices=conversation_texts.UNSUBSCRIBE_CHOICES,
    )


async def opt_out(context: CommandContext) -> None:
    """Stop what runs or was said before, confirm, and send nothing more until they say start."""
    await note_stop(context.connection, context.incoming)
    await end_builds(
        context.connection,
        user_id=context.incoming.user_id,
        request_id=context.incoming.request_id,
    )
    await clear_older_doubt(context.connection, context.incoming)
    await decline_all(context.connection, context.incoming.request_id)
    await suppress_contact(context.connection, context.incoming.user_id, "opted_out")
    await context.answer(conversation_texts.OPTED_OUT, kind=MessageKind.OPTED_OUT)


async def opt_in(context: CommandContext) -> None:
    """Send messages again."""
    await accept_contact(context.connection, context.incoming.user_id)
    await context.answer(conversation_texts.WELCOME_BACK)
