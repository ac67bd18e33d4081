"""The steps that workflows are made of: each gives one agent its part and tells the person.

What a step reports (the message, the next phase) is stored in the transaction that ends its
agent, so it is said once, and only of work that is done.
"""

from psycopg import AsyncConnection

from bot import wording
from bot.attachments.keeping import was_sent
from bot.checks.report import Report
from bot.crew.answers import DesignSpecification, Plan
from bot.crew.assignment import Brief
from bot.crew.briefs import file_list, opening
from bot.crew.cards import DESIGNER, DEVOPS, FRONTEND, ORCHESTRATOR
from bot.crew.deployments import confirmed_deployments
from bot.errors import BuildFailed, WorkspaceError
from bot.intake.requests import end_work
from bot.languages.known import name
from bot.languages.speaking import spoken
from bot.projects.builds import end_build, enter_phase, set_plan
from bot.projects.versions import publish as publish_version
from bot.workflows.planning import sound_plan
from bot.workflows.review import announcement, try_app
from bot.workflows.stage import Stage
from telemetry.metrics import measured_compilation


async def plan(stage: Stage) -> Plan:
    """The orchestrator decides what will be built; the person reads it."""
    with measured_compilation(ORCHESTRATOR.agent_type):
        # What the person has only just sent is no app yet.
        files = [file for file in await stage.files() if not was_sent(file.path)]
        memory = await stage.memory()
        brief = opening(
            wish=stage.build.wish,
            language=name(spoken()),
            files=file_list(files),
            person="\n".join(memory.person) or "none",
            conversation="\n".join(memory.conversation) or "none",
        )

    async def finish(connection: AsyncConnection, answer: str) -> Brief:
        decided = sound_plan(Plan.model_validate_json(answer), has_files=bool(files))
        await set_plan(
            connection,
            stage.build,
            workflow=decided.workflow,
            title=decided.title,
            plan=decided.model_dump(),
        )
        await stage.tell(connection, "understood", wording.understood(decided.summary))
        first = FRONTEND if decided.workflow == "bug_fix" else DESIGNER
        return Brief(card=first, part="plan", content=decided.model_dump_json(indent=1))

    answer = await stage.perform(ORCHESTRATOR, finish, opening=brief)
    return sound_plan(Plan.model_validate_json(answer), has_files=bool(files))


async def design(stage: Stage) -> None:
    """The designer specifies the page."""
    await stage.enter("design", reason="the plan is made")

    async def finish(connection: AsyncConnection, answer: str) -> Brief:
        specification = DesignSpecification.model_validate_json(answer)
        await stage.tell(connection, "designed", wording.design_done(specification.summary))
        return Brief(card=FRONTEND, part="design", content=specification.model_dump_json(indent=1))

    await stage.perform(DESIGNER, finish)


async def implement(stage: Stage) -> None:
    """The frontend engineer writes or changes the files."""
    await stage.enter("implementation", reason="it is known what to write")

    async def finish(connection: AsyncConnection, answer: str) -> Brief:
        await stage.tell(connection, "built", wording.built(answer))
        return Brief(card=DEVOPS, part="built", content=answer)

    await stage.perform(FRONTEND, finish)


async def publish(stage: Stage) -> None:
    """The devops engineer publishes; the person gets the link and the build ends."""
    await stage.enter("review", reason="the files are written")
    report = await try_app(stage)
    await stage.enter("deployment", reason=_outcome(report))

    async def finish(connection: AsyncConnection, answer: str) -> None:
        # The same files are published once, so this finds what the agent published; were it to
        # end without doing so, the app goes out all the same.
        try:
            version = await publish_version(
                connection,
                project_id=stage.build.project_id,
                request_id=stage.build.request_id,
                sites_base_url=stage.services.settings.sites_base_url,
            )
        except WorkspaceError as error:
            raise BuildFailed(f"cannot be published: {error} Devops said: {answer}") from error
        stage.build = await enter_phase(
            connection, stage.build, "completed", reason="the version is published"
        )
        is_ours = version.request_id == stage.build.request_id
        say = (
            announcement(version, report)
            if is_ours
            else wording.unchanged(version.title, version.url, version.number)
        )
        elsewhere = await confirmed_deployments(connection, stage.build.request_id)
        say += "".join(wording.also_at(there.service, there.url) for there in elsewhere)
        await stage.tell(connection, "published", say)
        await end_build(connection, stage.build, "completed")
        await end_work(connection, stage.build.current_request_id, "completed")

    await stage.perform(DEVOPS, finish)


def _outcome(report: Report | None) -> str:
    if report is None:
        return "the app could not be tried"
    return "the app was tried" if report.looks_sound else "the app was tried and has faults"
