"""A voice note becomes the words that were said in it, before anybody reads the message.

From then on it is a message like any other: its body are the words, so they are a command, an
answer, a request or a change by what they say, and are kept, exported and forgotten as such. The
sound itself is kept nowhere.
"""

import asyncio
import logging
from dataclasses import replace
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from bot.attachments.download import fetch
from bot.attachments.ingest import files_of
from bot.attachments.storage import note_meaning, was_taken_in
from bot.delivery.typing_indicator import typing_shown
from bot.errors import (
    AttachmentDelayed,
    AttachmentRefused,
    BudgetExhausted,
    TranscriptionMisconfigured,
    TranscriptLost,
    VoiceGivenUp,
    VoiceRefused,
    VoiceTooLong,
    VoiceUnavailable,
)
from bot.intake.album import read_again
from bot.intake.forget_user import withdraw_deletion_questions
from bot.intake.incoming import TEXT
from bot.intake.message_lock import ensure_pending
from bot.intake.reading import Reading
from bot.intake.replies import finish, say
from bot.languages.i18n import current_locale, use_locale
from bot.languages.locales import code_of
from bot.languages.user_locale import find_sure_locale, is_plain, note_first_heard
from bot.messages import voice_texts
from bot.messages.kinds import MessageKind
from bot.repeating import repeated
from bot.requests.states import RequestType
from bot.speech.metering import MeteredTranscription
from bot.speech.recording import FETCHED_LIMIT, LONGEST_SECONDS, open_recording
from bot.speech.transcript import Transcript
from bot.twilio.media_fields import InboundFile

log = logging.getLogger(__name__)


async def hear_voice(reading: Reading) -> bool:
    """Put the words of a voice note in the place of its sound, and tell the user what was heard.

    What cannot be heard, or not for certain, is asked back. What was set aside is read in its turn,
    by another job. Nothing is sent to a server of what a stop came after, nor of users who want no
    messages; and nothing at all where none is set.
    """
    incoming = reading.incoming
    note = None if incoming.is_words else await _voice_note(reading)
    if note is None:
        return False
    reading.is_spoken = True
    async with reading.services.pool.connection() as connection:
        was_heard = await was_taken_in(connection, incoming.message_sid)
    if not was_heard:
        await ensure_pending(reading.services.pool, incoming)
        try:
            transcript = await _listen_in_time(reading, note)
        except VoiceTooLong:
            return await _ask_back(reading, voice_texts.too_long(round(LONGEST_SECONDS / 60)))
        except AttachmentRefused:
            return await _ask_back(reading, voice_texts.NOT_OPENED)
        except BudgetExhausted:
            return await _ask_back(reading, voice_texts.NO_BUDGET)
        if not transcript.words:
            return await _ask_back(reading, voice_texts.NOTHING_HEARD)
        if transcript.is_doubtful:
            sentence = voice_texts.unsure(transcript.words)
            return await _ask_back(reading, sentence, kind=MessageKind.UNSURE)
        await _note(reading, transcript)
    reading.incoming = replace(reading.incoming, message_type=TEXT)
    return reading.is_aside


async def _voice_note(reading: Reading) -> InboundFile | None:
    """The voice note that the message is, if it is one and is to be heard."""
    services = reading.services
    if services.settings.transcription.base_url is None or reading.dialogue.has_opted_out:
        return None
    fields = reading.incoming.fields(services.settings.identity)
    files = await files_of(services, fields, reading.incoming.message_sid)
    return files[0] if len(files) == 1 and files[0].kind == "voice" else None


async def _listen_in_time(reading: Reading, note: InboundFile) -> Transcript:
    """Listen no longer than a message may be read, unless that keeps nobody waiting."""
    seconds = None if reading.is_aside else reading.services.settings.model.reading_seconds
    try:
        async with asyncio.timeout(seconds):
            return await _listen(reading, note)
    except TimeoutError:
        raise TranscriptLost(f"not heard within {seconds} s") from None


async def _listen(reading: Reading, note: InboundFile) -> Transcript:
    """Fetch the sound and have it transcribed."""
    services, incoming = reading.services, reading.incoming
    async with services.pool.connection() as connection:
        known = await find_sure_locale(connection, incoming.user_id)
    with TemporaryFile() as fetched:
        async with typing_shown(services.twilio, incoming.message_sid):
            await _fetch(reading, note, fetched)
            transcription = MeteredTranscription(
                services.pool,
                services.settings,
                open_recording(fetched, note.content_type),
                request_id=incoming.request_id,
                user_id=incoming.user_id,
            )
            return await _transcribe(transcription, known)


async def _fetch(reading: Reading, note: InboundFile, into: IO[bytes]) -> None:
    try:
        await fetch(
            reading.services.settings.twilio,
            note.url,
            message_sid=reading.incoming.message_sid,
            limit=FETCHED_LIMIT,
            into=into,
        )
    except AttachmentDelayed as error:
        raise VoiceUnavailable(str(error)) from None


async def _transcribe(transcription: MeteredTranscription, known: str | None) -> Transcript:
    """What is heard in the language that the user is `known` to speak, else in any.

    It is heard once more in any where it does not make sense in theirs. A language that is only
    guessed is no help: some servers put what they hear into the one that they are told. What was
    heard is paid for: where it cannot be heard once more, it is what the user is asked about.
    """
    # A server that is in trouble is asked again soon, where that is free.
    transcript = await repeated(partial(transcription.ask, language=known), _is_free_trouble)
    if not transcript.is_doubtful or known is None:
        return transcript
    try:
        return await transcription.ask(language=None)
    except (BudgetExhausted, VoiceRefused, VoiceUnavailable) as error:
        if not transcript.words:
            raise
        log.warning("heard once: %s", type(error).__name__)
        return transcript


def _is_free_trouble(error: Exception) -> bool:
    costs_or_stays = TranscriptLost | VoiceGivenUp | TranscriptionMisconfigured
    return isinstance(error, VoiceUnavailable) and not isinstance(error, costs_or_stays)


async def _note(reading: Reading, transcript: Transcript) -> None:
    """Let the words be the message's body, and say what they are; both or neither, and once.

    What was set aside is read in its turn from now on.
    """
    incoming = reading.incoming
    spoken = code_of(transcript.language) if is_plain(transcript.words) else None
    async with reading.handling() as connection:
        await note_meaning(connection, incoming.message_sid, transcript.words)
        language = current_locale()
        if spoken is not None:
            language = await note_first_heard(connection, incoming.user_id, spoken)
        with use_locale(language):
            sentence = voice_texts.heard(transcript.words)
        await say(connection, incoming, sentence, kind=MessageKind.HEARD)
        if reading.is_aside:
            await read_again(connection, incoming)
    reading.incoming = replace(incoming, body=transcript.words)


async def _ask_back(
    reading: Reading, sentence: str, *, kind: MessageKind = MessageKind.NOT_HEARD
) -> bool:
    """Say why nothing follows from the message; it is handled then.

    A yes that comes next answers what is open, unless it may be said to words that were told.
    """
    incoming = reading.incoming
    async with reading.handling() as connection:
        await withdraw_deletion_questions(connection, incoming.request_id)
        await say(connection, incoming, sentence, kind=kind)
        await finish(connection, incoming, RequestType.TALK)
    return True
