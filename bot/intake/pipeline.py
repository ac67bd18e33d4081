"""The way of a message: the steps that it passes, in order, until one of them handles it.

What needs no model comes first. Each step stores what follows from the message in one transaction
(`bot.intake.message_lock`), so a message that is read twice because a worker died has one effect.
"""

from bot.intake.action import act_on_intent
from bot.intake.album import gather_album
from bot.intake.attachments import ingest_attachments
from bot.intake.batching import join_queued
from bot.intake.buttons import resolve_tap
from bot.intake.commands import run_command
from bot.intake.commands.parser import parse_command
from bot.intake.language_switch import switch_language
from bot.intake.message_lock import ensure_pending
from bot.intake.opt_out import respect_opt_out
from bot.intake.other_kinds import answer_other_kinds
from bot.intake.quoted import take_up_quoted
from bot.intake.reading import Reading, Step
from bot.intake.settling import (
    read_dialogue,
    read_joined_quote,
    recognize_answer,
    settle_answer,
)
from bot.intake.tapped import refuse_unseen
from bot.intake.voice import hear_voice
from bot.intake.wordless import settle_wordless


async def drop_superseded(reading: Reading) -> bool:
    """Go no further with a message that a stop came after."""
    await ensure_pending(reading.services.pool, reading.incoming)
    return False


STEPS: tuple[Step, ...] = (
    read_dialogue,
    hear_voice,
    resolve_tap,
    recognize_answer,
    parse_command,
    respect_opt_out,
    answer_other_kinds,
    refuse_unseen,
    settle_answer,
    run_command,
    switch_language,
    drop_superseded,
    join_queued,
    ingest_attachments,
    gather_album,
    read_joined_quote,
    take_up_quoted,
    settle_wordless,
    act_on_intent,
)


async def handle(reading: Reading) -> None:
    """Let the message pass the steps. Raises `MessageSuperseded` if nothing follows from it."""
    for step in STEPS:
        if await step(reading):
            return
