"""`forget me`: asked back once, then everything that is known of the person is deleted."""

from bot import command_wording
from bot.intake.ending import erase_person
from bot.intake.forgetting import ask_to_forget, may_be_forgotten, withdraw_question
from bot.intake.orders.order import Order


async def ask_whether_sure(order: Order) -> None:
    """Say what would be gone, and ask."""
    await ask_to_forget(order.connection, order.incoming.user_id)
    await order.answer(
        command_wording.REALLY_FORGET, kind="forget_asked", choices=command_wording.FORGET_CHOICES
    )


async def forget(order: Order) -> None:
    """Delete everything, if that was asked a moment ago; else ask first."""
    if not await may_be_forgotten(order.connection, order.incoming.user_id):
        await ask_whether_sure(order)
        return
    await erase_person(
        order.connection, user_id=order.incoming.user_id, request_id=order.incoming.request_id
    )
    await order.answer(command_wording.FORGOTTEN, kind="forgotten")


async def keep(order: Order) -> None:
    """Leave everything as it is."""
    await withdraw_question(order.connection, order.incoming.user_id)
    await order.answer(command_wording.NOTHING_FORGOTTEN, kind="forget_declined")
