"""Planning: the orchestrator decides what is done; whatever it writes, the plan is a sound one."""

import logging
from collections.abc import Collection, Sequence

from psycopg import AsyncConnection

from bot.attachments.mentions import without_mentions
from bot.attachments.storage import was_sent
from bot.builds.builds import Build, load_workflow, set_plan
from bot.builds.phases import CHANGE, NEW_APP
from bot.crew.agent_specs import CREW, DESIGNER, FRONTEND, ORCHESTRATOR
from bot.crew.assignment import Outcome, Submitted
from bot.crew.briefs import file_list, opening
from bot.crew.brought_files import bring_files
from bot.crew.sent_earlier import SENT_EARLIER, sent_earlier
from bot.crew.standing_list import standing_list, uncovered
from bot.errors import AnswerCutOff, AnswerInvalid, ModelRefused, RequestRefused
from bot.languages.i18n import localized
from bot.languages.locales import name
from bot.markup.shortening import shorten
from bot.markup.whatsapp import as_label
from bot.messages import build_texts
from bot.messages.kinds import MessageKind
from bot.model.answers import Plan, Wanted
from bot.projects.requirements import Requirement, drop_request, refine_request
from bot.projects.versions import lock_project
from bot.workflows.build_context import BuildContext
from bot.workflows.plan_words import in_words
from bot.workflows.registry import WORKFLOWS
from bot.workflows.requested_items import items_of
from bot.workflows.workflow import Workflow
from telemetry.metrics import measured_compilation

log = logging.getLogger(__name__)

WORKSHOP = {DESIGNER.agent_type, FRONTEND.agent_type}  # without them nothing becomes of an app
SMALLER = {CHANGE, "custom"}  # what a change is more than that has become a large one
TITLE_LIMIT = 40  # characters
NOT_AS_PLANNED = "It is more than was planned for, so all of the crew work on it as on a new app."


async def plan(context: BuildContext) -> None:
    """The orchestrator decides what will be done, and the user reads it.

    Where the planner fails, a safe plan takes the place of its own. A change of looks needs none:
    the engineer makes it, and code alone judges it where nothing breaks, beside QA if something
    that was asked for earlier was never proven.
    """
    async with context.lease.transaction() as connection:
        left_out = await bring_files(
            connection,
            user_id=context.build.user_id,
            request_id=context.build.request_id,
            project_id=context.build.project_id,
        )
        if left_out:
            await context.leave_out(connection, left_out)
        project = await lock_project(connection, context.build.project_id)
        sent = await sent_earlier(connection, context.build.project_id)
    with measured_compilation(ORCHESTRATOR.agent_type):
        # What the user has only just sent is no app yet.
        files = [file for file in await context.files() if not was_sent(file.path)]
        too_small = {CHANGE} if context.build.workflow == NEW_APP else set()
        memory = await context.memory()
        holding, given_up = await context.asked_before()
        brief = opening(
            {
                "request": context.build.request_text,
                "user": "\n".join(memory.user) or "none",
                "conversation": "\n".join(memory.conversation) or "none",
                "language": name(context.build.first_language),
                **({"title": project.title} if project and files else {}),
                "requirements": "\n".join(map(str, holding)) or "none",
                **({"given_up": "\n".join(one.words for one in given_up)} if given_up else {}),
                "files": file_list(files),
                **({SENT_EARLIER: sent} if sent else {}),
                "workflows": "\n".join(
                    _told(one)
                    for one in WORKFLOWS.values()
                    if one.name not in too_small and (files or not one.needs_files)
                ),
                "crew": "\n".join(f"{spec.agent_type}: {spec.task}" for spec in CREW[1:]),
            },
            (await context.app_so_far() if files else {})
            | await context.earlier_decisions()
            | await context.open_notes(),
            papers=await context.papers(ORCHESTRATOR),
        )

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        is_large = await load_workflow(connection, context.build) == NEW_APP
        decided = sound_plan(
            Plan.model_validate_json(answer),
            has_files=bool(files),
            too_small=too_small or (SMALLER if is_large else set()),
        )
        context.follow(decided)
        await set_plan(
            connection,
            context.build,
            workflow=decided.workflow,
            title=decided.title,
            plan=decided.model_dump(),
        )
        told = (*memory.user, *memory.conversation, *(one.words for one in given_up))
        await _keep_items(connection, context.build, decided, told=told, holding=holding)
        if not WORKFLOWS[decided.workflow].quiet:
            say = build_texts.understood(decided.summary, _left_out(decided))
            await context.tell(connection, MessageKind.UNDERSTOOD, say)
        if context.has("backend") and not context.has("designer"):
            return Submitted()  # the engineer's brief tells of the data too
        return context.brief_after(ORCHESTRATOR, "plan", in_words(decided))

    if context.build.workflow == CHANGE and files:
        title = project.title if project else ""
        request, is_owed = context.build.request_text, await _owes_a_trial(context)
        missing = await context.missing_facts()
        ours = looks_plan(title, request, with_qa=is_owed, missing=missing)
        await context.perform_without(ORCHESTRATOR, finish, ours.model_dump_json(), opening=brief)
        return
    try:
        await context.perform(ORCHESTRATOR, finish, opening=brief)
    except (AnswerInvalid, AnswerCutOff, ModelRefused, RequestRefused) as error:
        log.warning("build %s gets a plan of ours: %s", context.build.build_id, error)
        missing = await context.missing_facts()
        safe = safe_plan(context.build.request_text, has_files=bool(files), missing=missing)
        await context.conclude(ORCHESTRATOR, finish, safe.model_dump_json())


async def _owes_a_trial(context: BuildContext) -> bool:
    """Whether the app is to do what no version was seen to do, and no list would try."""
    if not context.services.settings.crew.check_apps:
        return False
    build = context.build
    async with context.services.pool.connection() as connection:
        standing = await standing_list(connection, build.project_id)
        owed = await uncovered(connection, build, standing)
    return any(one.build_id != build.build_id for one in owed)


async def _keep_items(
    connection: AsyncConnection,
    build: Build,
    decided: Plan,
    *,
    told: Sequence[str],
    holding: Sequence[Requirement],
) -> None:
    """Keep what the plan makes of the request; one that asks nothing of the app is no requirement.

    What was said meanwhile cannot be replaced by it: the later word counts.
    """
    earlier = frozenset(one.number for one in holding if one.build_id != build.build_id)
    items = items_of(decided, build.request_text, told=told, earlier=earlier)
    await refine_request(connection, build.request_id, items)
    if not decided.requirements and not WORKSHOP & set(decided.agents_needed):
        await drop_request(connection, build.request_id)


def _told(workflow: Workflow) -> str:
    """A workflow as the planner reads it: when it is right, and who works in it."""
    wanted = f", where needed {', '.join(workflow.also)}" if workflow.also else ""
    return f"{workflow.name} ({', '.join(workflow.agents) or 'nobody'}{wanted}): {workflow.when}"


def _left_out(plan: Plan) -> list[str]:
    """What the user reads that they will not get; their own words where the plan has no others."""
    return plan.left_out or [
        as_label(one.words) for one in plan.requirements if not one.can_be_built
    ]


def safe_plan(request_text: str, *, has_files: bool, missing: Sequence[str] = ()) -> Plan:
    """What is done about a request that could not be planned; what was `missing` still is."""
    workflow = CHANGE if has_files else NEW_APP
    return Plan(
        workflow=workflow,
        agents_needed=[*WORKFLOWS[workflow].agents, "qa"],
        reasoning="The planner gave no plan that could be used; this is the safe default.",
        estimated_complexity="moderate",
        estimated_steps=len(WORKFLOWS[workflow].agents),
        title=request_text,
        missing_facts=list(missing),
        summary=localized(build_texts.WILL_CHANGE if has_files else build_texts.PLANNED_BLINDLY),
    )


def looks_plan(
    title: str, request_text: str, *, with_qa: bool = False, missing: Sequence[str] = ()
) -> Plan:
    """What is done about a change of looks: nobody but the engineer has anything to decide.

    The facts that are `missing` still are, unless the request gives them.
    """
    agents = [*WORKFLOWS[CHANGE].agents, *(["qa"] if with_qa else [])]
    said = without_mentions(request_text)
    wanted = Wanted(words=said, kind="looks", source="message", can_be_built=True, replaces=[])
    return Plan(
        workflow=CHANGE,
        agents_needed=agents,
        reasoning="Nothing behaves differently: the browser's checks and the list judge it.",
        estimated_complexity="simple",
        estimated_steps=len(agents),
        title=title,
        requirements=[wanted] if said else [],
        missing_facts=list(missing),
        summary=localized(build_texts.will_change_looks(said)),
    )


def sound_plan(plan: Plan, *, has_files: bool, too_small: Collection[str] = ()) -> Plan:
    """The plan with what cannot be right put right.

    There is nothing to change in a project without files, a workflow has its own crew, and every
    app has a title. Workflows that are `too_small` for the change were not to choose from, or it
    has become larger since: then the planner's reason is one for something else.
    """
    workflow = WORKFLOWS.get(plan.workflow)
    if workflow is None or (workflow.needs_files and not has_files):
        workflow = WORKFLOWS[CHANGE if has_files else NEW_APP]
    reasoning = plan.reasoning
    if workflow.name in too_small:
        workflow, reasoning = WORKFLOWS[NEW_APP], NOT_AS_PLANNED
    wanted = {*workflow.agents, *(set(workflow.also) & set(plan.agents_needed))}
    return plan.model_copy(
        update={
            "workflow": workflow.name,
            "reasoning": reasoning,
            "agents_needed": [spec.agent_type for spec in CREW if spec.agent_type in wanted],
            "title": shorten(plan.title, TITLE_LIMIT) or localized(build_texts.UNTITLED),
        }
    )
