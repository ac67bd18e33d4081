"""`try again`: a build that failed or was stopped goes on from its last stored turn."""

from bot import build_wording, wording
from bot.delivery.outbox import enqueue
from bot.intake.orders.order import Order
from bot.intake.requests import begin_work
from bot.projects.builds import retry_build
from bot.projects.history import take_up
from bot.projects.shelf import open_project


async def retry(order: Order) -> None:
    """Queue the latest such build again, in the name of this request."""
    connection, incoming = order.connection, order.incoming
    build = await retry_build(connection, user_id=incoming.user_id, request_id=incoming.request_id)
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
