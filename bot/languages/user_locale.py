"""Which language each user is spoken to in, kept with their contact."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.languages.i18n import current_locale
from bot.languages.locales import is_code
from telemetry.named_sql import statements

SQL = statements("bot.languages", "user_locale.sql")


async def note_requested(connection: AsyncConnection, user_id: str, language: str) -> None:
    """Speak that language to them until they ask for another."""
    await connection.execute(SQL["note_requested"], {"user_id": user_id, "language": language})


async def note_heard(connection: AsyncConnection, user_id: str, language: str) -> str:
    """Note what they write in, and return what to speak: that, unless they asked for another.

    What is no language leaves everything as it is.
    """
    if not is_code(language):
        return current_locale()
    return await _note(connection, "note_heard", user_id, language)


async def note_first_heard(connection: AsyncConnection, user_id: str, language: str) -> str:
    """Note the language of a word, if theirs is not known yet, and return what to speak."""
    return await _note(connection, "note_first_heard", user_id, language)


async def _note(connection: AsyncConnection, statement: str, user_id: str, language: str) -> str:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL[statement], {"user_id": user_id, "language": language})
        return await cursor.fetchone() or language
