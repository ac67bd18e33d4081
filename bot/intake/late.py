"""What was said in a voice note that could be heard only after its user had gone on.

It would be done after what they have asked for since, though it was said before: a step back would
be a second one, a change would take back a newer one. So what steps is left, and what would be
built or changed is asked about.
"""

from psycopg import AsyncConnection

from bot.intake.command_names import INDEPENDENT, Command, find_command
from bot.intake.reading import Reading
from telemetry.named_sql import statements

SQL = statements("bot.intake", "late.sql")

# What comes of these depends on where their user stands.
STEPS = frozenset({Command.UNDO, Command.REDO, Command.OPEN, Command.RESTORE_DATA})


async def is_late(connection: AsyncConnection, reading: Reading) -> bool:
    """Whether something was done for the user that they asked for after this message.

    All but voice notes are read in order. What only tells something is nothing that was done.
    """
    if not reading.is_spoken:
        return False
    request = {"request_id": reading.incoming.request_id}
    done = await connection.execute(SQL["list_done_since"], request)
    return any(find_command(said) not in INDEPENDENT for (said,) in await done.fetchall())
