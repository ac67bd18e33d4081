"""The steps that workflows are made of: each gives one agent its part and tells the user.

What a step reports (the message, the next phase) is stored in the transaction that ends its
agent, so it is said once, and only of work that is done.
"""

import asyncio

from psycopg import AsyncConnection

from bot.builds.builds import end_build, enter_phase
from bot.builds.change_requests import carry_over
from bot.builds.phases import Phase
from bot.builds.rounds import forget_files, open_round
from bot.cancellation import side_by_side
from bot.crew.agent_specs import DESIGNER, DEVOPS, FRONTEND
from bot.crew.assignment import Finish, Outcome, Submitted
from bot.crew.transcript import EMPTY_ANSWER
from bot.crew.trials import try_app
from bot.errors import BuildFailed, WorkspaceError
from bot.messages import build_texts
from bot.messages.kinds import MessageKind
from bot.model.answers import DesignSpecification
from bot.projects.versions import Published
from bot.projects.versions import publish as publish_version
from bot.requests.lifecycle import end_work
from bot.requests.states import WorkEnd
from bot.workflows.acceptance_list import acceptance_list_task
from bot.workflows.build_context import BuildContext
from bot.workflows.http_probe import is_reachable
from bot.workflows.release import status_of_best_round, status_of_trial
from bot.workflows.release_message import announce
from bot.workflows.substitutes import perform_or


async def implement(context: BuildContext) -> None:
    """The frontend engineer writes or changes the files, and hands them in.

    Beside them QA writes down what the app must do to be accepted.
    """
    await context.enter(Phase.IMPLEMENTATION, reason="it is known what to write")

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        await open_round(connection, context.build)
        return Submitted()

    writing = await acceptance_list_task(context)
    if writing is None:
        await context.perform(FRONTEND, finish)
        return
    listing = asyncio.ensure_future(writing)
    await side_by_side(context.perform(FRONTEND, finish, beside=listing), listing)


async def publish(context: BuildContext) -> None:
    """The app is published; the user gets the picture and the link."""
    found = await status_of_best_round(context)
    await context.enter(Phase.DEPLOYMENT, reason=found.reason)

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        version = await _publish_files(connection, context, answer)
        is_ours = version.request_id == context.build.request_id
        await announce(connection, context, version, found, is_ours=is_ours)
        await complete_build(connection, context, "the version is published")
        return None

    await _let_publish(context, finish)


async def publish_again(context: BuildContext) -> None:
    """What is there is published as it is; the app and its link are tried."""
    await context.enter(Phase.REVIEW, reason="nothing is to be changed")
    trial = await try_app(context.services, context.lease, context.build, None)
    found = status_of_trial(trial)
    await context.enter(Phase.DEPLOYMENT, reason=found.reason)

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        await _publish_files(connection, context, answer)
        return None

    said = await _let_publish(context, finish)
    async with context.lease.transaction() as connection:
        version = await _publish_files(connection, context, said)
    is_reached = await is_reachable(version.url)
    async with context.lease.transaction() as connection:
        await announce(connection, context, version, found, is_again=True, is_reached=is_reached)
        await complete_build(connection, context, "the version is online")


async def present_design(context: BuildContext) -> None:
    """The designer specifies the page, and the user reads it whole."""
    await context.enter(Phase.DESIGN, reason="the plan is made")

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        specification = DesignSpecification.model_validate_json(answer)
        title = context.plan.title
        await context.tell(
            connection, MessageKind.DESIGN, build_texts.design_proposed(title, specification)
        )
        await complete_build(connection, context, "the design is what was asked for")
        return None

    await context.perform(DESIGNER, finish)


async def answer(context: BuildContext) -> None:
    """The planner's own words are all that is to be said."""
    async with context.lease.transaction() as connection:
        await context.tell(connection, MessageKind.REPLY, context.plan.summary)
        await complete_build(connection, context, "there is nothing to build")


async def complete_build(connection: AsyncConnection, context: BuildContext, reason: str) -> None:
    """End the build as completed; what was asked for meanwhile and not read is built next."""
    context.build = await enter_phase(connection, context.build, Phase.COMPLETED, reason=reason)
    await forget_files(connection, context.build)
    await end_build(connection, context.build, WorkEnd.COMPLETED)
    carried_over = await carry_over(
        connection,
        build_id=context.build.build_id,
        project_id=context.build.project_id,
        user_id=context.build.user_id,
    )
    if carried_over != context.build.current_request_id:
        await end_work(connection, context.build.current_request_id, WorkEnd.COMPLETED)


async def _let_publish(context: BuildContext, finish: Finish) -> str:
    """The devops engineer publishes; what it says, without which it is known what to publish.

    Where it could deploy nowhere else there is nothing to decide, and so nobody to ask: `finish`
    publishes, under its name.
    """
    if context.services.mcp.allowed(DEVOPS.agent_type):
        return await perform_or(context, DEVOPS, finish, EMPTY_ANSWER)
    await context.perform_without(DEVOPS, finish, EMPTY_ANSWER)
    return EMPTY_ANSWER


async def _publish_files(
    connection: AsyncConnection, context: BuildContext, said: str
) -> Published:
    """The same files are published once, so this finds the version that the agent published.

    Were it to end without doing so, the app goes out all the same.
    """
    try:
        return await publish_version(
            connection,
            project_id=context.build.project_id,
            request_id=context.build.request_id,
            sites_base_url=context.services.settings.web.sites_base_url,
        )
    except WorkspaceError as error:
        raise BuildFailed(f"cannot be published: {error} Devops said: {said}") from error
