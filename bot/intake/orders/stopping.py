"""`stop`, `unsubscribe` and `start`: an end of the work, or of all messages, and the way back.

A stop overtakes what the person said before it (`bot.intake.accept`), and takes effect when its
transaction commits. From then on the run of the build owns nothing: it can store, publish and say
nothing more, and its model call is cancelled (`bot.projects.ownership`). News of the build that
was not sent is withdrawn; what was written is kept as a draft.
"""

from bot import build_wording, wording
from bot.delivery.outbox import accept_contact, suppress_contact
from bot.intake.ending import end_builds
from bot.intake.forgetting import withdraw_question
from bot.intake.orders.order import Order
from bot.intake.standing import note_stop, was_warned
from bot.intake.tapped import is_stale
from bot.intake.taps import TAPPED
from bot.projects.builds import decline_to_go_on


async def stop(order: Order) -> None:
    """Stop all that runs or waits. Where nothing does, a second stop in a row ends all messages.

    It is also the answer to the questions whether a build may use up its budget, and whether the
    person is to be forgotten.
    """
    if await is_stale(order.connection, order.settings, order.incoming):
        await order.answer(wording.BUTTON_STALE)
        return
    await note_stop(order.connection, order.incoming)
    await withdraw_question(order.connection, order.incoming.user_id)
    if await _end_builds(order):
        await order.answer(wording.STOPPED, kind="stopped")
    elif await decline_to_go_on(order.connection, order.incoming.user_id):
        await order.answer(build_wording.BUDGET_DECLINED)
    elif order.incoming.message_type not in TAPPED and await was_warned(
        order.connection, order.incoming
    ):
        await opt_out(order)
    else:
        await order.answer(wording.NOTHING_TO_STOP, kind="nothing_to_stop")


async def opt_out(order: Order) -> None:
    """Stop what runs, confirm, and send nothing more until they say start."""
    await _end_builds(order)
    await suppress_contact(order.connection, order.incoming.user_id, "opted_out")
    await order.answer(wording.OPTED_OUT, kind="opted_out")


async def opt_in(order: Order) -> None:
    """Send messages again."""
    await accept_contact(order.connection, order.incoming.user_id)
    await order.answer(wording.WELCOME_BACK)


async def _end_builds(order: Order) -> bool:
    incoming = order.incoming
    return await end_builds(
        order.connection, user_id=incoming.user_id, request_id=incoming.request_id
    )
