"""`stop`, `unsubscribe` and `start`: an end of the work, or of all messages, and the way back.

A stop overtakes what the person said before it (`bot.intake.accept`), and takes effect when its
transaction commits. From then on the run of the build owns nothing: it can store, publish and say
nothing more, and its model call is cancelled (`bot.projects.ownership`). News of the build that
was not sent is withdrawn; what was written is kept as a draft.
"""

from bot import build_wording, wording
from bot.delivery.outbox import accept_contact, suppress_contact, withdraw
from bot.intake.forgetting import withdraw_question
from bot.intake.orders.order import Order
from bot.intake.requests import end_work
from bot.intake.standing import note_stop, was_warned
from bot.intake.tapped import is_stale
from bot.intake.taps import TAPPED
from bot.projects.builds import decline_to_go_on, stop_builds
from bot.projects.changes import list_waiting
from bot.projects.history import set_aside
from bot.workflows.ending import end_agents
from handoffs.lifecycle import TerminationReason


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
    if await end_builds(order):
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
    await end_builds(order)
    await suppress_contact(order.connection, order.incoming.user_id, "opted_out")
    await order.answer(wording.OPTED_OUT, kind="opted_out")


async def opt_in(order: Order) -> None:
    """Send messages again."""
    await accept_contact(order.connection, order.incoming.user_id)
    await order.answer(wording.WELCOME_BACK)


async def end_builds(order: Order) -> bool:
    """Stop all that runs or waits for the person; False if nothing did."""
    connection, user_id = order.connection, order.incoming.user_id
    builds = await stop_builds(connection, user_id=user_id, request_id=order.incoming.request_id)
    for build in builds:
        await end_agents(connection, build.request_id, TerminationReason.MANUAL_TERMINATION)
        await set_aside(connection, build.project_id, build.request_id)
        waiting = await list_waiting(connection, build.build_id)
        requests = {build.current_request_id, *(change.request_id for change in waiting)}
        for request_id in requests:
            await end_work(connection, request_id, "stopped")
        await withdraw(connection, user_id, requests | {build.request_id})
    return bool(builds)
