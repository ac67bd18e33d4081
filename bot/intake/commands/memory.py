"""`what do you remember` and `forget that …`: what is known of the user, and its end."""

from bot.intake.commands.context import CommandContext
from bot.memory.facts import forget_facts, list_facts, meant
from bot.messages import conversation_texts


async def tell_memory(context: CommandContext) -> None:
    """Tell every fact, with its number, and how to have it deleted."""
    facts = await list_facts(context.connection, context.incoming.user_id)
    listed = [fact.fact for fact in facts]
    await context.answer(
        conversation_texts.memory(listed) if listed else conversation_texts.NOTHING_REMEMBERED
    )


async def forget_fact(context: CommandContext) -> None:
    """Delete what is meant; the user reads what that was.

    Who does not say what may mean "never mind": they read what there is to choose from.
    """
    if not context.argument:
        await tell_memory(context)
        return
    user_id = context.incoming.user_id
    facts = await list_facts(context.connection, user_id)
    forgotten = meant(facts, context.argument)
    if not forgotten:
        await context.answer(conversation_texts.NOTHING_REMEMBERED)
        return
    await forget_facts(context.connection, user_id, forgotten)
    await context.answer(conversation_texts.forgotten([fact.fact for fact in forgotten]))
