"""What the planner reads: the request, what is known of its user, and the app as it is."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from psycopg import AsyncConnection

from bot.attachments.naming import was_sent
from bot.builds.phases import CHANGE, NEW_APP
from bot.crew.agent_specs import CREW, ORCHESTRATOR
from bot.crew.briefs import file_list, opening
from bot.crew.brought_files import bring_files
from bot.crew.sent_earlier import SENT_EARLIER, sent_earlier
from bot.languages.locales import name
from bot.projects.requirements import Requirement
from bot.projects.versions import find_current, lock_project
from bot.workflows.build_context import BuildContext
from bot.workflows.registry import WORKFLOWS
from bot.workflows.workflow import Workflow
from telemetry.metrics import measured_compilation


@dataclass(frozen=True, kw_only=True)
class PlanningBrief:
    """The planner's `opening`, and of what stands in it what a plan is held against.

    `has_app` tells whether the project has a file that was not only just sent, `is_online` whether
    its link shows a version; `title` is empty for one without a name. `told` are the user's words
    beside the request, `holding` what the app is to do already. Workflows that are `too_small` for
    the change are not to choose from.
    """

    opening: str
    has_app: bool
    is_online: bool
    title: str
    told: Sequence[str]
    holding: Sequence[Requirement]
    too_small: Set[str]


async def compile_brief(context: BuildContext) -> PlanningBrief:
    """Compile it, once the files that came with the request are among the app's."""
    async with context.lease.transaction() as connection:
        await _bring_files(connection, context)
        project = await lock_project(connection, context.build.project_id)
        sent = await sent_earlier(connection, context.build.project_id)
        online = await find_current(connection, context.build.project_id)
    title = project.title if project else ""
    with measured_compilation(ORCHESTRATOR.agent_type):
        # What the user has only just sent is no app yet.
        files = [file for file in await context.files() if not was_sent(file.path)]
        too_small = {CHANGE} if context.build.workflow == NEW_APP else set[str]()
        memory = await context.memory()
        holding, given_up = await context.asked_before()
        words = {
            "request": context.build.request_text,
            "user": "\n".join(memory.user) or "none",
            "conversation": "\n".join(memory.conversation) or "none",
            "language": name(context.build.first_language),
            **({"title": title} if project and files else {}),
            "requirements": "\n".join(map(str, holding)) or "none",
            **({"given_up": "\n".join(one.words for one in given_up)} if given_up else {}),
            "files": file_list(files),
            **({SENT_EARLIER: sent} if sent else {}),
            "workflows": "\n".join(
                _in_a_line(one)
                for one in WORKFLOWS.values()
                if one.name not in too_small and (files or not one.needs_files)
            ),
            "crew": "\n".join(f"{spec.agent_type}: {spec.task}" for spec in CREW[1:]),
        }
        material = {
            **(await context.app_so_far() if files else {}),
            **await context.earlier_decisions(),
            **await context.open_notes(),
        }
        papers = await context.papers(ORCHESTRATOR)
        return PlanningBrief(
            opening=opening(words, material, papers=papers),
            has_app=bool(files),
            is_online=online is not None,
            title=title,
            told=(*memory.user, *memory.conversation, *(one.words for one in given_up)),
            holding=holding,
            too_small=too_small,
        )


async def _bring_files(connection: AsyncConnection, context: BuildContext) -> None:
    """Put the request's files into the project; what has no room there is asked for no longer."""
    build = context.build
    left_out = await bring_files(
        connection,
        user_id=build.user_id,
        request_id=build.request_id,
        project_id=build.project_id,
    )
    if left_out:
        await context.leave_out(connection, left_out)


def _in_a_line(workflow: Workflow) -> str:
    """A workflow as the planner reads it: when it is right, and who works in it."""
    wanted = f", where needed {', '.join(workflow.also)}" if workflow.also else ""
    return f"{workflow.name} ({', '.join(workflow.agents) or 'nobody'}{wanted}): {workflow.when}"
