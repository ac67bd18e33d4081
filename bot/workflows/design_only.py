"""`design_only`: how the app would look and what it would say, and no code."""

from bot.workflows.steps import present_design
from bot.workflows.workflow import Workflow

WORKFLOW = Workflow(
    name="design_only",
    when="they want a design, a concept or a proposal to look at first, and no app yet",
    agents=("designer",),
    run=present_design,
)
