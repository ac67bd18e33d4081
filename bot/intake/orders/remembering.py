"""`what do you remember` and `forget that …`: what is known of the person, and its end."""

from bot import wording
from bot.intake.orders.order import Order
from bot.memory.facts import forget_facts, list_facts, meant


async def tell_memory(order: Order) -> None:
    """Tell every fact, with its number, and how to have it deleted."""
    facts = await list_facts(order.connection, order.incoming.user_id)
    listed = [fact.fact for fact in facts]
    await order.answer(wording.memory(listed) if listed else wording.NOTHING_REMEMBERED)


async def forget_fact(order: Order) -> None:
    """Delete what is meant; the person reads what that was.

    Who does not say what may mean "never mind": they read what there is to choose from.
    """
    if not order.argument:
        await tell_memory(order)
        return
    user_id = order.incoming.user_id
    facts = await list_facts(order.connection, user_id)
    forgotten = meant(facts, order.argument)
    if not forgotten:
        await order.answer(wording.NOTHING_REMEMBERED)
        return
    await forget_facts(order.connection, user_id, forgotten)
    await order.answer(wording.forgotten([fact.fact for fact in forgotten]))
