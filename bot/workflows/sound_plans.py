"""Sound plans: ours, where no planner is asked or it fails, and the planner's put right."""

from collections.abc import Collection, Sequence

from bot.attachments.mentions import without_mentions
from bot.builds.phases import CHANGE, NEW_APP
from bot.crew.agent_specs import CREW, JUDGES
from bot.languages.i18n import localized
from bot.markup.shortening import shorten
from bot.messages import build_texts
from bot.model.answers import Plan, Wanted
from bot.workflows.registry import WORKFLOWS

SMALLER = {CHANGE, "custom"}  # what a change is more than that has become a large one
TITLE_LIMIT = 40  # characters
NOT_AS_PLANNED = "It is more than was planned for, so all of the crew work on it as on a new app."


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


def sound_plan(
    plan: Plan, *, has_files: bool, is_online: bool = True, too_small: Collection[str] = ()
) -> Plan:
    """The plan with what cannot be right put right.

    There is nothing to change in a project without files, a workflow has its own crew, and every
    app has a title. Until one `is_online` all of it is judged, whatever of it is changed. Workflows
    that are `too_small` for the change were not to choose from, or it has become larger since: then
    the planner's reason is one for something else.
    """
    workflow = WORKFLOWS.get(plan.workflow)
    if workflow is None or (workflow.needs_files and not has_files):
        workflow = WORKFLOWS[CHANGE if has_files else NEW_APP]
    reasoning = plan.reasoning
    if workflow.name in too_small:
        workflow, reasoning = WORKFLOWS[NEW_APP], NOT_AS_PLANNED
    wanted = {*workflow.agents, *(set(workflow.also) & set(plan.agents_needed))}
    if workflow.name == CHANGE and not is_online:
        wanted |= JUDGES
    return plan.model_copy(
        update={
            "workflow": workflow.name,
            "reasoning": reasoning,
            "agents_needed": [spec.agent_type for spec in CREW if spec.agent_type in wanted],
            "title": shorten(plan.title, TITLE_LIMIT) or localized(build_texts.UNTITLED),
        }
    )
