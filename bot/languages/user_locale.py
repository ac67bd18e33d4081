"""Which language each user is spoken to in, kept with their contact."""

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.languages.i18n import current_locale
from bot.languages.locales import is_code
from bot.languages.normalize import words
from telemetry.named_sql import statements

SQL = statements("bot.languages", "user_locale.sql")

PLAIN = 4  # words
PLAIN_FOREIGN = 2  # words in letters that few languages have


async def find_sure_locale(connection: AsyncConnection, user_id: str) -> str | None:
    """The language that a user asked for or plainly writes; None where it is guessed or unknown."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_sure"], {"user_id": user_id})
        language: str | None = await cursor.fetchone()
        return language


async def note_requested(connection: AsyncConnection, user_id: str, language: str) -> None:
    """Speak that language to them until they ask for another."""
    await connection.execute(SQL["note_requested"], {"user_id": user_id, "language": language})


async def note_heard(connection: AsyncConnection, user_id: str, language: str, text: str) -> str:
    """Note which language the text is written in, and return the one to speak.

    That is theirs until they write in another one twice in a row, because a short message is easily
    misread; where theirs was guessed from such a one, the next plain message puts it right. What
    they asked for stays, and what is no language leaves everything as it is.
    """
    if not is_code(language):
        return current_locale()
    return await _note(connection, "note_heard", user_id, language, is_plain=is_plain(text))


def is_plain(text: str) -> bool:
    """Whether a text is long enough to tell its language for certain."""
    said = words(text)
    return len(said) >= PLAIN or sum(not word.isascii() for word in said) >= PLAIN_FOREIGN


async def note_first_heard(connection: AsyncConnection, user_id: str, language: str) -> str:
    """Note the language of a word, if theirs is not known yet, and return what to speak."""
    return await _note(connection, "note_first_heard", user_id, language)


async def _note(
    connection: AsyncConnection,
    statement: str,
    user_id: str,
    language: str,
    *,
    is_plain: bool = False,
) -> str:
    values = {"user_id": user_id, "language": language, "is_plain": is_plain}
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL[statement], values)
        return await cursor.fetchone() or language
