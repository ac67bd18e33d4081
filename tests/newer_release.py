"""The product as another release has it: `python -m tests.newer_release worker` is its worker.

Its prompts have a line more, one of the engineer's tools is gone, designs have a field more, and it
asks other models.
"""

import os
from typing import Any, cast

from pydantic import Field

from bot.cli import main
from bot.crew import agent_specs
from bot.crew.agent_specs import DESIGNER, FRONTEND
from bot.crew.decision_tool import NOTE_DECISION
from bot.markup.readers import ForCrew
from bot.model.answers import DesignSpecification
from bot.model.roles import role_prompt
from bot.workflows import specification, steps

LINE = "\n\nThis line came with a newer release."
MODEL = "claude-opus-5-5"


class NewerDesign(DesignSpecification):
    """A design that also says how the page sounds."""

    sound: ForCrew = Field(description="what is heard, if anything")


def become_newer() -> None:
    """Change what is loaded of this release into that of the newer one."""
    os.environ["MODEL"] = MODEL
    cast("Any", agent_specs).role_prompt = lambda role: role_prompt(role) + LINE
    kept = tuple(tool for tool in FRONTEND.tools if tool is not NOTE_DECISION)
    object.__setattr__(FRONTEND, "tools", kept)
    object.__setattr__(DESIGNER, "answer", NewerDesign)
    for module in (specification, steps):
        cast("Any", module).DesignSpecification = NewerDesign


if __name__ == "__main__":
    become_newer()
    main.main()
