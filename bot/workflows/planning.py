"""What makes a plan sound, whatever the model wrote."""

from bot.crew.answers import AgentType, Plan, WorkflowType

TITLE_LIMIT = 40  # characters

WORKFLOW_AGENTS: dict[WorkflowType, tuple[AgentType, ...]] = {
    "full_build": ("designer", "frontend", "devops"),
    "bug_fix": ("frontend", "devops"),
}
"""Who works in each workflow, in their order."""


def sound_plan(plan: Plan, *, has_files: bool) -> Plan:
    """The plan with what cannot be right put right.

    There is nothing to change in a project without files, a workflow has its own crew, and every
    app has a title.
    """
    workflow: WorkflowType = plan.workflow if has_files else "full_build"
    return plan.model_copy(
        update={
            "workflow": workflow,
            "agents_needed": list(WORKFLOW_AGENTS[workflow]),
            "title": plan.title.strip()[:TITLE_LIMIT] or "Your app",
        }
    )
