"""`stop`: an end of the work; said twice where nothing runs, of all messages.

A stop overtakes what the user said before it (`bot.intake.lock_kinds`), and takes effect when its
transaction commits. From then on the run of the build owns nothing: it can store, publish and say
nothing more, and its model call is cancelled (`bot.builds.lease`). News of the build that was not
sent is withdrawn; what was written is kept as a draft.
"""

from dataclasses import replace

from bot.attachments.mentions import without_mentions
from bot.builds.builds import UnfinishedBuild
from bot.builds.stopping import decline_all
from bot.intake.clarification import clear_older_doubt
from bot.intake.commands.context import CommandContext
from bot.intake.commands.declining import decline
from bot.intake.commands.unsubscribe import opt_out
from bot.intake.dialogue_state import DialogueState, read_dialogue_state
from bot.intake.ending_builds import end_builds
from bot.intake.forget_user import withdraw_deletion_questions
from bot.intake.message_lock import note_stop
from bot.intake.open_question import About, OpenQuestion
from bot.intake.replies import was_warned
from bot.intake.tapped import is_stale
from bot.languages.normalize import plain_words
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind

# The very word, as it stands in `NOTHING_TO_STOP` and as it is said otherwise.
STOP_WORDS = frozenset(
    plain_words(
        "stop parar pare para detener arrêter arrêtez arrête रोको रुको ruko roko توقف أوقف وقف"
        " berhenti hentikan"
    )
)


async def stop(context: CommandContext) -> None:
    """Stop all that runs or waits. Where nothing does, a second stop in a row ends all messages.

    Where several are built, a stop that quotes a message about one of them stops that one. Where
    nothing runs, it is also a no to what the user was asked last, but the very word is a yes to no
    more messages. One that quotes a question about what is not built is a no to that and nothing
    else, and so is one that is tapped below anything about a build that rests.
    """
    if await is_stale(context.connection, context.settings.identity, context.incoming):
        await context.answer(conversation_texts.BUTTON_STALE)
        return
    dialogue = await _read_again(context)
    rests = _rests(dialogue) if context.incoming.is_tapped else None
    if rests is not None:
        await decline(context, rests)
        return
    one = _meant_alone(dialogue)
    if one is not None:
        await _stop_one(context, one)
        return
    asked = None if dialogue.awaits_words else next(iter(dialogue.answerable), None)
    ends_messages = _ends_messages(context, dialogue, asked)
    quotes_another = dialogue.quoted is not None and not dialogue.is_quoted_built
    if asked is not None and quotes_another and not ends_messages:
        await decline(context, asked)
        return
    await note_stop(context.connection, context.incoming)
    if ends_messages:
        await opt_out(context)
    elif await _stop_all(context):
        return
    elif asked is not None:
        await decline(context, asked)
    elif dialogue.builds:  # they asked for it, or to try it again, after they wrote this
        said = without_mentions(context.incoming.body)
        await context.answer(conversation_texts.not_done_late(said))
    else:
        await _stop_nothing(context)


async def _stop_all(context: CommandContext) -> bool:
    """Stop all that runs or waits, and say so; False where nothing does."""
    stopped = await end_builds(
        context.connection,
        user_id=context.incoming.user_id,
        request_id=context.incoming.request_id,
    )
    if not stopped:
        return False
    await withdraw_deletion_questions(context.connection, context.incoming.request_id)
    await clear_older_doubt(context.connection, context.incoming)
    await decline_all(context.connection, context.incoming.request_id)
    is_online = any(build.is_online for build in stopped)
    sentence = conversation_texts.STOPPED_WHILE_ONLINE if is_online else conversation_texts.STOPPED
    await context.answer(sentence, kind=MessageKind.STOPPED)
    return True


async def _stop_nothing(context: CommandContext) -> None:
    """Say that nothing runs; the very word, said twice, ends all messages."""
    if not _may_end_messages(context):
        await context.answer(conversation_texts.NOTHING_RUNS, kind=MessageKind.NOTHING_RUNS)
    elif await was_warned(context.connection, context.incoming):
        await opt_out(context)
    else:
        await context.answer(conversation_texts.NOTHING_TO_STOP, kind=MessageKind.NOTHING_TO_STOP)


async def _read_again(context: CommandContext) -> DialogueState:
    """What the conversation is about by now: what the stop overtook may have been acted upon."""
    keys, incoming = context.settings.identity, context.incoming
    now = await read_dialogue_state(context.connection, keys, incoming)
    return replace(now, quoted=context.dialogue.quoted)


def _rests(dialogue: DialogueState) -> OpenQuestion | None:
    """The question whether the build may go on that the quoted message is about."""
    build_id = dialogue.quoted.build_id if dialogue.quoted else None
    asked = (one for one in dialogue.questions if one.about is About.BUDGET)
    return next((one for one in asked if one.build_id == build_id), None)


def _meant_alone(dialogue: DialogueState) -> UnfinishedBuild | None:
    """The build of the quoted app, if others are under way beside it."""
    if all(build.project_id == dialogue.quoted_project for build in dialogue.builds):
        return None
    meant = (one for one in dialogue.builds if one.project_id == dialogue.quoted_project)
    return next(meant, None)


async def _stop_one(context: CommandContext, build: UnfinishedBuild) -> None:
    """Stop what builds that app and say which it is; what else the user said goes on."""
    await end_builds(
        context.connection,
        user_id=context.incoming.user_id,
        request_id=context.incoming.request_id,
        project_id=build.project_id,
    )
    await withdraw_deletion_questions(context.connection, context.incoming.request_id)
    await context.answer(conversation_texts.stopped_one(build.title), kind=MessageKind.STOPPED)


def _ends_messages(
    context: CommandContext, dialogue: DialogueState, asked: OpenQuestion | None
) -> bool:
    """Whether it is the yes to no more messages: "stop the build" is none while there is one."""
    if asked is None or asked.about is not About.UNSUBSCRIBE or not _may_end_messages(context):
        return False
    return not dialogue.builds or STOP_WORDS.issuperset(plain_words(context.incoming.body))


def _may_end_messages(context: CommandContext) -> bool:
    """Whether they typed the very word, which "cancel" and "never mind" are not."""
    if context.incoming.is_tapped or not context.is_certain:
        return False
    return not STOP_WORDS.isdisjoint(plain_words(context.incoming.body))
