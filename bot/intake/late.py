"""What can be read only after its user had gone on: a voice note that could not be heard before, a
message that came while nobody was there to take it.

It would be done after what they have asked for since, though it was said before: a step back would
be a second one, a change would take back a newer one. So what steps is left, and what would be
built or changed is asked about.
"""

from psycopg import AsyncConnection

from bot.attachments.mentions import without_mentions
from bot.intake.command_names import Command, find_command
from bot.intake.lock_kinds import overtaking_lock
from bot.intake.reading import Reading
from bot.languages.i18n import localized
from bot.messages import conversation_texts, voice_texts
from telemetry.named_sql import statements

SQL = statements("bot.intake", "late.sql")

# What comes of these depends on where their user stands.
STEPS = frozenset({
    Command.UNDO, Command.REDO, Command.OPEN, Command.RETRY, Command.RESTORE_DATA,
})  # fmt: skip


async def is_late(connection: AsyncConnection, reading: Reading) -> bool:
    """Whether something was done for the user that they asked for after this message.

    What only tells something is nothing that was done, and a stop is meant to overtake.
    """
    request = {"request_id": reading.incoming.request_id}
    done = await connection.execute(SQL["list_done_since"], request)
    return any(overtaking_lock(find_command(said)) is None for (said,) in await done.fetchall())


def not_done(reading: Reading) -> str:
    """What is said of what is left, in their language."""
    if reading.is_spoken:
        return localized(voice_texts.NOT_DONE_LATE)
    return conversation_texts.not_done_late(without_mentions(reading.incoming.body))


def whether_still(reading: Reading) -> str:
    """What is asked about what would be built or changed, in their language."""
    if reading.is_spoken:
        return localized(voice_texts.STILL_TO_BE_DONE)
    return conversation_texts.still_to_be_done(without_mentions(reading.incoming.body))
