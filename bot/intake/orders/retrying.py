"""`try again`: a build that failed or was stopped goes on from its last stored turn.

Said or tapped twice it does nothing more. A build whose app has got a newer version since stays
where it is: what it had written knows nothing of that version.
"""

from uuid import UUID

from bot import build_wording, wording
from bot.delivery.outbox import enqueue
from bot.intake.orders.order import Order
from bot.intake.requests import begin_work
from bot.intake.tapped import tapped_message
from bot.projects.builds import find_to_retry, retry_build
from bot.projects.history import take_up
from bot.projects.shelf import open_project


async def retry(order: Order) -> None:
    """Let the build that is meant go on, or say why it does not."""
    connection, incoming = order.connection, order.incoming
    tapped = await tapped_message(connection, order.settings, incoming)
    build = await find_to_retry(connection, incoming.user_id, about=tapped)
    if build is None:
        await order.answer(wording.BUTTON_STALE if tapped else wording.NOTHING_TO_RETRY)
    elif build.is_under_way:
        await order.answer(build_wording.under_way_already(build.title))
    elif build.is_outdated:
        await order.answer(build_wording.outdated(build.title))
    else:
        await _go_on(order, build.build_id)


async def _go_on(order: Order, build_id: UUID) -> None:
    """Queue the build again, in the name of this request."""
    connection, incoming = order.connection, order.incoming
    build = await retry_build(connection, build_id, request_id=incoming.request_id)
    if build is None:
        await order.answer(wording.NOTHING_TO_RETRY)
        return
    await take_up(connection, build.project_id, build.request_id)
    await open_project(connection, incoming.user_id, build.project_id)
    await begin_work(connection, incoming.request_id, "retry", build.project_id)
    await enqueue(
        connection,
        user_id=incoming.user_id,
        request_id=incoming.request_id,
        kind="retrying",
        body=build_wording.retrying(build.title),
    )
