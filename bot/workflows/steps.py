"""The steps that workflows are made of: each gives one agent its part and tells the user.

What a step reports (the message, the next phase) is stored in the transaction that ends its
agent, so it is said once, and only of work that is done.
"""

from psycopg import AsyncConnection

from bot.builds.builds import end_build, enter_phase
from bot.builds.change_requests import carry_over
from bot.builds.phases import Phase
from bot.builds.rounds import forget_files, open_round
from bot.crew.agent_specs import BACKEND, DESIGNER, DEVOPS, FRONTEND
from bot.crew.assignment import Outcome, Submitted
from bot.crew.browser_runs import try_app
from bot.errors import BuildFailed, WorkspaceError
from bot.messages import build_texts
from bot.model.answers import DataModel, DesignSpecification
from bot.projects.versions import Published
from bot.projects.versions import publish as publish_version
from bot.requests.lifecycle import end_work
from bot.requests.states import WorkEnd
from bot.workflows.build_context import BuildContext
from bot.workflows.http_probe import answers
from bot.workflows.release import evidence_of_best, evidence_of_trial
from bot.workflows.release_message import announce


async def design(stage: BuildContext) -> None:
    """The designer specifies the page."""
    await stage.enter(Phase.DESIGN, reason="the plan is made")

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        specification = DesignSpecification.model_validate_json(answer)
        await stage.tell(connection, "designed", build_texts.design_done(specification.summary))
        return stage.brief_after(DESIGNER, "design", specification.model_dump_json(indent=1))

    await stage.perform(DESIGNER, finish)


async def model_data(stage: BuildContext) -> None:
    """The backend engineer defines what visitors share, where the plan needs that."""
    if not stage.has("backend"):
        return
    await stage.enter(Phase.DESIGN, reason="the app is to share data")

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        model = DataModel.model_validate_json(answer)
        await stage.tell(connection, "data_modelled", build_texts.data_modelled(model.summary))
        return stage.brief_after(BACKEND, "data", model.model_dump_json(indent=1))

    await stage.perform(BACKEND, finish)


async def implement(stage: BuildContext) -> None:
    """The frontend engineer writes or changes the files, and hands them in."""
    await stage.enter(Phase.IMPLEMENTATION, reason="it is known what to write")

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        if await open_round(connection, stage.build) == 1:
            await stage.tell(connection, "built", build_texts.built(answer))
        return Submitted()

    await stage.perform(FRONTEND, finish)


async def publish(stage: BuildContext) -> None:
    """The devops engineer publishes; the user gets the picture and the link."""
    found = await evidence_of_best(stage)
    await stage.enter(Phase.DEPLOYMENT, reason=found.reason)

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        version = await _published(stage, connection, answer)
        is_ours = version.request_id == stage.build.request_id
        await announce(stage, connection, version, found, is_ours=is_ours)
        await end(stage, connection, "the version is published")
        return None

    await stage.perform(DEVOPS, finish)


async def publish_again(stage: BuildContext) -> None:
    """The devops engineer publishes what is there; the app and its link are tried."""
    await stage.enter(Phase.REVIEW, reason="nothing is to be changed")
    trial = await try_app(stage.services, stage.claim, stage.build, None)
    found = evidence_of_trial(trial)
    await stage.enter(Phase.DEPLOYMENT, reason=found.reason)

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        await _published(stage, connection, answer)
        return None

    said = await stage.perform(DEVOPS, finish)
    async with stage.claim.hold() as connection:
        version = await _published(stage, connection, said)
    is_reached = await answers(version.url)
    async with stage.claim.hold() as connection:
        await announce(stage, connection, version, found, is_again=True, is_reached=is_reached)
        await end(stage, connection, "the version is online")


async def present_design(stage: BuildContext) -> None:
    """The designer specifies the page, and the user reads it whole."""
    await stage.enter(Phase.DESIGN, reason="the plan is made")

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        specification = DesignSpecification.model_validate_json(answer)
        title = stage.plan.title
        await stage.tell(connection, "design", build_texts.design_proposed(title, specification))
        await end(stage, connection, "the design is what was asked for")
        return None

    await stage.perform(DESIGNER, finish)


async def answer(stage: BuildContext) -> None:
    """The planner's own words are all that is to be said."""
    async with stage.claim.hold() as connection:
        await stage.tell(connection, "reply", stage.plan.summary)
        await end(stage, connection, "there is nothing to build")


async def end(stage: BuildContext, connection: AsyncConnection, reason: str) -> None:
    """The build is completed."""
    stage.build = await enter_phase(connection, stage.build, Phase.COMPLETED, reason=reason)
    await forget_files(connection, stage.build)
    await end_build(connection, stage.build, WorkEnd.COMPLETED)
    await carry_over(
        connection,
        build_id=stage.build.build_id,
        project_id=stage.build.project_id,
        user_id=stage.build.user_id,
    )
    await end_work(connection, stage.build.current_request_id, WorkEnd.COMPLETED)


async def _published(stage: BuildContext, connection: AsyncConnection, said: str) -> Published:
    """The version: the same files are published once, so this finds what the agent published.

    Were it to end without doing so, the app goes out all the same.
    """
    try:
        return await publish_version(
            connection,
            project_id=stage.build.project_id,
            request_id=stage.build.request_id,
            sites_base_url=stage.services.settings.sites_base_url,
        )
    except WorkspaceError as error:
        raise BuildFailed(f"cannot be published: {error} Devops said: {said}") from error
