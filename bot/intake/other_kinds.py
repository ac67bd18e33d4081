"""Stickers, reactions, polls, orders, whatever WhatsApp does not hand on: none of it is material.

None of them says what somebody wants. Most are answered in a sentence, once in a row. A reaction is
put on what was said and wants no answer. On a question of the crew, a thumb is the one option that
says yes, or no, and counts as that: it is what the user pointed at. All else that is asked wants
words or a tap. Whether to build at all is no yes-or-no question, what is spent or deleted is not
decided by a slip of the thumb, and a sticker can mean anything. Who answers so is told, so that
nobody waits for what never happens.
"""

import logging
import re

from bot.intake.answers import choose
from bot.intake.assent import find_assent
from bot.intake.open_question import About
from bot.intake.reading import Reading
from bot.intake.replies import finish, say, was_just_told
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.requests.states import RequestType
from bot.twilio.media_fields import MATERIAL

REACTION, STICKER = "reaction", "sticker"
_NAME = re.compile(r"[a-z_]{1,30}")

log = logging.getLogger(__name__)


async def answer_other_kinds(reading: Reading) -> bool:
    """Answer what is neither words nor material; a reaction may be the answer to a question."""
    kind = reading.incoming.message_type
    if _is_of_a_template(reading):
        await _answer(reading, conversation_texts.BUTTON_STALE)
        return True
    if reading.incoming.is_words or kind in MATERIAL:
        return False
    if kind == REACTION:
        return await _take_reaction(reading)
    await _answer(reading, _sentence(reading, kind))
    return True


def _is_of_a_template(reading: Reading) -> bool:
    """Whether a button was tapped that our message did not offer and that says nothing to us.

    An operator's template may have buttons of its own.
    """
    quoted = reading.dialogue.quoted
    if not reading.incoming.is_tapped or quoted is None or reading.answer or reading.command:
        return False
    return reading.incoming.body not in {choice["id"] for choice in quoted.choices or ()}


async def _take_reaction(reading: Reading) -> bool:
    """Take it as an answer where it is one; say so where it was meant to be one and is none."""
    dialogue, incoming = reading.dialogue, reading.incoming
    asked = dialogue.answerable if dialogue.quoted is not None else ()
    is_yes = find_assent(incoming.body)
    if dialogue.questions and dialogue.quoted is None and is_yes is not None:
        await _answer(reading, conversation_texts.ANSWER_IN_WORDS)  # on whatever it was put
        return True
    if asked and is_yes is not None:
        if asked[0].about is About.CREW:
            reading.answer = choose(asked[0], is_yes=is_yes)
        if reading.answer is not None:
            return False
        await _answer(reading, conversation_texts.ANSWER_IN_WORDS)
        return True
    async with reading.handling() as connection:
        await finish(connection, incoming, RequestType.TALK)
    return True


def _sentence(reading: Reading, kind: str) -> str:
    if reading.dialogue.questions:
        return conversation_texts.ANSWER_IN_WORDS
    if kind == STICKER:
        return conversation_texts.STICKER
    if _NAME.fullmatch(kind):
        log.warning("a message of the kind %s is not read", kind)
    return conversation_texts.KIND_NOT_READ


async def _answer(reading: Reading, sentence: str) -> None:
    """Say it, unless it is the last thing that they heard."""
    async with reading.handling() as connection:
        if not await was_just_told(connection, reading.incoming, MessageKind.NOT_READ):
            await say(connection, reading.incoming, sentence, kind=MessageKind.NOT_READ)
        await finish(connection, reading.incoming, RequestType.TALK)
