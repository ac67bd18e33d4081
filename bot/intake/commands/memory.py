"""`what do you remember` and `forget that …`: what is known of the user, and its end."""

from bot.intake.commands.context import CommandContext
from bot.memory.facts import Fact, forget_facts, list_facts
from bot.memory.meant_facts import meant_by_numbers, meant_by_words, numbers_in
from bot.messages import conversation_texts
from bot.messages.paragraphs import paragraphs


async def tell_memory(context: CommandContext) -> None:
    """Tell every fact, with its number, and how to have it deleted."""
    facts = await list_facts(context.connection, context.incoming.user_id)
    listed = [fact.fact for fact in facts]
    await context.answer(
        conversation_texts.memory(listed) if listed else conversation_texts.NOTHING_REMEMBERED
    )


async def forget_fact(context: CommandContext) -> None:
    """Delete what is meant; the user reads what that was, and what is left under which number.

    Who does not say what may mean "never mind": they read what there is to choose from.
    """
    forgotten = await _meant(context)
    if not forgotten:
        await tell_memory(context)
        return
    user_id = context.incoming.user_id
    await forget_facts(context.connection, user_id, forgotten)
    told = [conversation_texts.forgotten([fact.fact for fact in forgotten])]
    if left := await list_facts(context.connection, user_id):
        told.append(conversation_texts.memory([fact.fact for fact in left]))
    await context.answer(paragraphs(*told))


async def _meant(context: CommandContext) -> list[Fact]:
    user_id, message_sid = context.incoming.user_id, context.incoming.message_sid
    facts = await list_facts(context.connection, user_id)
    if numbers := numbers_in(context.argument):
        return await meant_by_numbers(
            context.connection, user_id, message_sid, facts=facts, numbers=numbers
        )
    return meant_by_words(facts, context.argument)
