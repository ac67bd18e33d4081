"""A plain wish for another language ("speak Spanish") is granted without a model."""

from bot.intake.attachments import ingest_for_later
from bot.intake.late import is_late, not_done
from bot.intake.open_question import About, OpenQuestion
from bot.intake.reading import Reading
from bot.intake.replies import reply
from bot.intake.vocabulary import names_topic
from bot.languages.i18n import use_locale
from bot.languages.locale_request import find_locale_request, is_name_alone, named_locales
from bot.languages.user_locale import note_requested
from bot.messages import conversation_texts
from bot.requests.states import RequestType


async def switch_language(reading: Reading) -> bool:
    """Speak the language that the message asks for, and nothing else.

    What the user was asked stays open, and what they wished for since counts. Where the crew asks
    for a language, "German please" may be the answer, and a mere "Indonesia" to whatever it asks:
    that is for the router to tell.
    """
    incoming = reading.incoming
    language = None if incoming.is_named_file else find_locale_request(incoming.body)
    if language is None:
        return False
    asked = [one for one in reading.dialogue.questions if one.about is About.CREW]
    if asked and (is_name_alone(incoming.body) or any(map(_asks_for_one, asked))):
        return False
    await ingest_for_later(reading)
    async with reading.handling() as connection:
        if await is_late(connection, reading):
            await reply(connection, incoming, not_done(reading), RequestType.COMMAND)
            return True
        await note_requested(connection, incoming.user_id, language)
        with use_locale(language):
            await reply(connection, incoming, conversation_texts.LANGUAGE_SET, RequestType.COMMAND)
    return True


def _asks_for_one(question: OpenQuestion) -> bool:
    """Whether the crew asks for a language, or one is among what it offers."""
    asked = [question.subject, *question.options]
    return any(map(named_locales, asked)) or names_topic("language", question.subject)
