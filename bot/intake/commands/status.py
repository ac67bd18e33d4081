"""`status`: how far each build is, who is at it, and what it has taken so far."""

from bot.builds.builds import builds_to_report
from bot.builds.phases import completion_percentage
from bot.database.clock import database_time
from bot.intake.commands.context import CommandContext
from bot.intake.earlier_messages import is_earlier_unread
from bot.messages import conversation_texts, progress_texts


async def tell_status(context: CommandContext) -> None:
    """Tell of all that runs or waits."""
    builds = await builds_to_report(context.connection, context.incoming.user_id)
    now = await database_time(context.connection)
    lines = [
        progress_texts.status(build, completion_percentage(build.phase), now - build.asked_at)
        for build in builds
    ]
    if await is_earlier_unread(context.connection, context.incoming.message_sid):
        lines.append(conversation_texts.STILL_READING)
    await context.answer("\n".join(lines) or conversation_texts.NOTHING_RUNS)
