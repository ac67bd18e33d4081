"""The agents' cards: what each one is told, may use and must answer.

An agent is its prompt (`prompts/<type>.md`), its tools and the type of its answer. To add one,
write the prompt and register a card here.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel

from bot.crew.answers import DesignSpecification, Plan
from bot.crew.tools import FILE_TOOLS, NOTE_DECISION, PUBLISH, Tool
from handoffs.document import DownstreamConsumer


@dataclass(frozen=True, kw_only=True)
class AgentCard:
    """One kind of agent. `answer` is None where the answer is free text, `sees_pictures` where the
    person's pictures say what is wanted.

    `task` is its work in one sentence, `needed_by` who goes on with the result.
    """

    agent_type: str
    task_type: str
    task: str
    needed_by: tuple[DownstreamConsumer, ...] = ()
    tools: tuple[Tool, ...] = ()
    answer: type[BaseModel] | None = None
    sees_pictures: bool = False
    max_output: int = 16_000

    @property
    def prompt(self) -> str:
        """The role prompt, the whole of the agent's system prompt."""
        return role_prompt(self.agent_type)


@cache
def role_prompt(role: str) -> str:
    """The text of `prompts/<role>.md`."""
    return (files("bot.crew") / "prompts" / f"{role}.md").read_text("utf-8")


ORCHESTRATOR = AgentCard(
    agent_type="orchestrator",
    task_type="plan",
    task="Plan what is built and who works on it.",
    needed_by=(DownstreamConsumer(agent_type="designer", needs="the plan"),),
    answer=Plan,
    sees_pictures=True,
)
DESIGNER = AgentCard(
    agent_type="designer",
    task_type="design",
    task="Specify what the page looks like and says.",
    needed_by=(DownstreamConsumer(agent_type="frontend", needs="a specification without gaps"),),
    answer=DesignSpecification,
    sees_pictures=True,
)
FRONTEND = AgentCard(
    agent_type="frontend",
    task_type="implement",
    task="Write or change the files so that the app does what the person asked for.",
    needed_by=(DownstreamConsumer(agent_type="devops", needs="index.html and all that it uses"),),
    tools=(*FILE_TOOLS, NOTE_DECISION),
    sees_pictures=True,
    max_output=32_000,
)
DEVOPS = AgentCard(
    agent_type="devops",
    task_type="publish",
    task="Publish the files as a version of the app.",
    tools=(PUBLISH,),
)
