"""A change of looks that became more while it was made is judged as a change of behaviour.

Code alone judges looks, for nobody has written down what else the app must do since.
"""

from bot.crew.agent_specs import CREW, JUDGES
from bot.projects.requirements import list_requirements
from bot.workflows.build_context import BuildContext


async def judge_what_it_became(context: BuildContext) -> None:
    """Let QA and the code reviewer work in such a build too, from now on."""
    agents = context.plan.agents_needed
    if set(agents) >= JUDGES or not await _has_grown(context):
        return
    wanted = {*agents, *JUDGES}
    plan = context.plan.model_copy(
        update={"agents_needed": [one.agent_type for one in CREW if one.agent_type in wanted]}
    )
    async with context.lease.transaction() as connection:
        await context.keep_plan(connection, plan)


async def _has_grown(context: BuildContext) -> bool:
    """Whether looks were asked for, and later on something else."""
    build = context.build
    async with context.services.pool.connection() as connection:
        known = await list_requirements(connection, build.project_id, build.build_id)
    said = [one for one in known if one.build_id == build.build_id and one.source == "message"]
    first = {one.kind for one in said if one.request_id == build.request_id}
    later = {one.kind for one in said if one.request_id != build.request_id}
    return first == {"looks"} and not later <= {"looks"}
