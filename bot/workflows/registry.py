"""All workflows by name. To add one, write its file and register it here."""

from bot.workflows import bug_fix, conversation, custom, design_only, full_build, redeploy
from bot.workflows.workflow import Workflow

WORKFLOWS: dict[str, Workflow] = {
    module.WORKFLOW.name: module.WORKFLOW
    for module in (full_build, bug_fix, redeploy, design_only, custom, conversation)
}
