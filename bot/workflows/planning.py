"""Planning: the orchestrator decides what is done; whatever it writes, the plan is a sound one."""

import logging

from psycopg import AsyncConnection

from bot.builds.builds import Build, load_workflow
from bot.builds.change_requests import carry_over, close_list, list_waiting
from bot.builds.phases import CHANGE, NEW_APP
from bot.crew.agent_specs import DESIGNER, FRONTEND, ORCHESTRATOR
from bot.crew.assignment import Outcome, Submitted
from bot.crew.standing_list import standing_list, uncovered
from bot.errors import AnswerCutOff, AnswerInvalid, ModelRefused, RequestRefused
from bot.markup.whatsapp import as_label
from bot.messages import build_texts
from bot.messages.kinds import MessageKind
from bot.model.answers import Plan
from bot.projects.requirements import drop_request, refine_request
from bot.workflows.build_context import BuildContext
from bot.workflows.plan_words import in_words
from bot.workflows.planning_brief import PlanningBrief, compile_brief
from bot.workflows.registry import WORKFLOWS
from bot.workflows.requested_items import items_of
from bot.workflows.sound_plans import SMALLER, looks_plan, safe_plan, sound_plan

log = logging.getLogger(__name__)

WORKSHOP = {DESIGNER.agent_type, FRONTEND.agent_type}  # without them nothing becomes of an app


async def plan(context: BuildContext) -> None:
    """The orchestrator decides what will be done, and the user reads it.

    Where the planner fails, a safe plan takes the place of its own. A change of looks needs none,
    unless the app has yet to come out: the engineer makes it, and code alone judges it where
    nothing breaks, beside QA if something that was asked for earlier was never proven.
    """
    brief = await compile_brief(context)

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        decided = await _follow(connection, context, brief, Plan.model_validate_json(answer))
        if not WORKFLOWS[decided.workflow].quiet:
            say = build_texts.understood(decided.summary, _left_out(decided))
            await context.tell(connection, MessageKind.UNDERSTOOD, say)
        if not context.has("frontend"):
            await _leave_to_the_next(connection, context.build)
        if context.has("backend") and not context.has("designer"):
            return Submitted()  # the engineer's brief tells of the data too
        return context.brief_after(ORCHESTRATOR, "plan", in_words(decided))

    request_text = context.build.request_text
    if context.build.workflow == CHANGE and brief.has_app and brief.is_online:
        ours = looks_plan(
            brief.title,
            request_text,
            with_qa=await _owes_a_trial(context),
            missing=await context.missing_facts(),
        ).model_dump_json()
        await context.perform_without(ORCHESTRATOR, finish, ours, opening=brief.opening)
        return
    try:
        await context.perform(ORCHESTRATOR, finish, opening=brief.opening)
    except (AnswerInvalid, AnswerCutOff, ModelRefused, RequestRefused) as error:
        log.warning("build %s gets a plan of ours: %s", context.build.build_id, error)
        missing = await context.missing_facts()
        safe = safe_plan(request_text, has_files=brief.has_app, missing=missing)
        await context.conclude(ORCHESTRATOR, finish, safe.model_dump_json())


async def _follow(
    connection: AsyncConnection, context: BuildContext, brief: PlanningBrief, plan: Plan
) -> Plan:
    """Take up the plan, put right where it cannot be right, and keep it; returns it."""
    is_large = await load_workflow(connection, context.build) == NEW_APP
    decided = sound_plan(
        plan,
        has_files=brief.has_app,
        is_online=brief.is_online,
        too_small=brief.too_small or (SMALLER if is_large else set()),
    )
    await context.keep_plan(connection, decided)
    await _keep_items(connection, context.build, decided, brief)
    return decided


async def _leave_to_the_next(connection: AsyncConnection, build: Build) -> None:
    """Let the next build make what the user has said meanwhile, since nobody of this one reads it.

    What is said from now on comes behind that. Words that came with a yes to go on stay with it.
    """
    waiting = await list_waiting(connection, build.build_id)
    if any(one.request_id == build.current_request_id for one in waiting):
        return
    await close_list(connection, build.build_id)
    await carry_over(
        connection, build_id=build.build_id, project_id=build.project_id, user_id=build.user_id
    )


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
    connection: AsyncConnection, build: Build, decided: Plan, brief: PlanningBrief
) -> None:
    """Keep what the plan makes of the request; one that asks nothing of the app is no requirement.

    What was said meanwhile cannot be replaced by it: the later word counts.
    """
    earlier = frozenset(one.number for one in brief.holding if one.build_id != build.build_id)
    items = items_of(decided, build.request_text, told=brief.told, earlier=earlier)
    await refine_request(connection, build.request_id, items)
    if not decided.requirements and not WORKSHOP & set(decided.agents_needed):
        await drop_request(connection, build.request_id)


def _left_out(plan: Plan) -> list[str]:
    """What the user reads that they will not get; their own words where the plan has no others."""
    return plan.left_out or [
        as_label(one.words) for one in plan.requirements if not one.can_be_built
    ]
