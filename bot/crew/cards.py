"""The agents' cards: what each one is told, may use and must answer.

An agent is its prompt (`prompts/<type>.md`), its tools and the type of its answer. To add one,
write the prompt and register a card here.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel

from bot.crew.answers import DesignSpecification, Plan
from bot.crew.tools import FILE_TOOLS, PUBLISH, Tool


@dataclass(frozen=True, kw_only=True)
class AgentCard:
    """One kind of agent. `answer` is None where the answer is free text."""

    agent_type: str
    task_type: str
    tools: tuple[Tool, ...] = ()
    answer: type[BaseModel] | None = None
    max_output: int = 16_000

    @property
    def prompt(self) -> str:
        """The role prompt, the whole of the agent's system prompt."""
        return role_prompt(self.agent_type)


@cache
def role_prompt(role: str) -> str:
    """The text of `prompts/<role>.md`."""
    return (files("bot.crew") / "prompts" / f"{role}.md").read_text("utf-8")


ORCHESTRATOR = AgentCard(agent_type="orchestrator", task_type="plan", answer=Plan)
DESIGNER = AgentCard(agent_type="designer", task_type="design", answer=DesignSpecification)
FRONTEND = AgentCard(
    agent_type="frontend", task_type="implement", tools=FILE_TOOLS, max_output=32_000
)
DEVOPS = AgentCard(agent_type="devops", task_type="publish", tools=(PUBLISH,))
