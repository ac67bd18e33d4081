"""What each kind of agent is told, may use and must answer.

An agent is its prompt (`bot/model/prompts/<type>.md`), its tools and the type of its answer. To add
one, write the prompt and register its spec here. One that has two tasks in a build has a spec for
each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from bot.checks.acceptance import Acceptance
from bot.crew.browser_tools import CHECK_PAGE, TRY_PAGE
from bot.crew.decision_tool import NOTE_DECISION
from bot.crew.file_tools import FILE_TOOLS, READ_TOOLS
from bot.crew.hand_in_tool import HAND_IN
from bot.crew.publish_tool import PUBLISH
from bot.crew.question_tool import ASK_USER
from bot.crew.sent_earlier import BRING_BACK
from bot.crew.tools import Tool
from bot.model.answers import CodeReview, DataModel, DesignSpecification, Plan, Verdict
from bot.model.roles import role_prompt
from handoffs.document import DownstreamConsumer


@dataclass(frozen=True, kw_only=True)
class AgentSpec:
    """One kind of agent. `answer` is None where the answer is free text, `sees_pictures` where the
    user's pictures say what is wanted, `reads_papers` where it gets their papers as they are.

    `small_model` where its task needs no more than the model that reads messages. `effort` is how
    much it thinks (`bot.model.effort`), `effort_if_complex` where the plan says that the request is
    complex, and `max_output` bounds one answer with the thinking before it, in tokens; settings may
    say otherwise for each role.

    `instructions` names its prompt where the role has several tasks. `answers_at_once` where its
    first answer is mostly its last, so that nothing is cached for another one.

    `task` is its work in one sentence, `needed_by` who goes on with the result, of those who work
    in a build. Who owns the code reads what the user wants different meanwhile.
    """

    agent_type: str
    task_type: str
    task: str
    needed_by: tuple[DownstreamConsumer, ...] = ()
    tools: tuple[Tool, ...] = ()
    answer: type[BaseModel] | None = None
    sees_pictures: bool = False
    reads_papers: bool = False
    small_model: bool = False
    effort: str = "medium"
    effort_if_complex: str | None = None
    max_output: int = 24_000
    owns_the_code: bool = False
    instructions: str | None = None
    answers_at_once: bool = False

    def consumers(self, plan: Mapping[str, Any] | None) -> tuple[DownstreamConsumer, ...]:
        """Who needs the result in a build with that plan; whoever may, while there is none."""
        crew = None if plan is None else plan.get("agents_needed")
        return tuple(one for one in self.needed_by if crew is None or one.agent_type in crew)

    @property
    def tries_the_app(self) -> bool:
        """Whether it has a browser click through what the app must do."""
        return TRY_PAGE in self.tools

    @property
    def prompt(self) -> str:
        """The role prompt, the whole of the agent's system prompt."""
        return role_prompt(self.instructions or self.agent_type)


ORCHESTRATOR = AgentSpec(
    agent_type="orchestrator",
    task_type="plan",
    task="Plan what is built and who works on it.",
    needed_by=(
        DownstreamConsumer(agent_type="designer", needs="the plan"),
        DownstreamConsumer(agent_type="backend", needs="the plan, and what visitors share by it"),
        DownstreamConsumer(agent_type="frontend", needs="the plan and what the user asked for"),
    ),
    answer=Plan,
    sees_pictures=True,
    reads_papers=True,
)
DESIGNER = AgentSpec(
    agent_type="designer",
    task_type="design",
    task="Specify what the page looks like and says.",
    needed_by=(DownstreamConsumer(agent_type="frontend", needs="a specification without gaps"),),
    answer=DesignSpecification,
    sees_pictures=True,
    reads_papers=True,
)
BACKEND = AgentSpec(
    agent_type="backend",
    task_type="model_data",
    task="Define the collections in which the app keeps what its visitors share.",
    needed_by=(DownstreamConsumer(agent_type="frontend", needs="collections.json, and its use"),),
    answer=DataModel,
    sees_pictures=True,
)
FRONTEND = AgentSpec(
    agent_type="frontend",
    task_type="implement",
    task="Write or change the files so that the app does what the user asked for.",
    needed_by=(
        DownstreamConsumer(
            agent_type="qa", needs="a page that opens, its controls named as agreed"
        ),
        DownstreamConsumer(
            agent_type="code_reviewer", needs="sources that can be read without this conversation"
        ),
        DownstreamConsumer(agent_type="devops", needs="index.html and all that it uses"),
    ),
    tools=(*FILE_TOOLS, BRING_BACK, NOTE_DECISION, ASK_USER, CHECK_PAGE, HAND_IN),
    sees_pictures=True,
    reads_papers=True,
    effort_if_complex="high",
    max_output=48_000,
    owns_the_code=True,
)
QA_WRITES_LIST = AgentSpec(
    agent_type="qa",
    task_type="agree",
    task="Write down what the app must do to be accepted, before there is code.",
    answer=Acceptance,
    instructions="acceptance_list",
)
QA = AgentSpec(
    agent_type="qa",
    task_type="test",
    task="Try in a browser whether the app does what the user asked for.",
    tools=(TRY_PAGE,),
    answer=Verdict,
)
QA_OF_PROVEN = replace(QA, answers_at_once=True)
"""Who judges an app that meets its whole list: there is seldom anything to try again."""
CODE_REVIEWER = AgentSpec(
    agent_type="code_reviewer",
    task_type="review",
    task="Find what is wrong with the code.",
    answer=CodeReview,
    effort="high",
)
CODE_REVIEWER_OF_MUCH = replace(CODE_REVIEWER, tools=READ_TOOLS)
"""Who reviews files that do not fit a brief."""
DEVOPS = AgentSpec(
    agent_type="devops",
    task_type="publish",
    task="Publish the files as a version of the app.",
    tools=(PUBLISH,),
    small_model=True,
    effort="low",
    max_output=8_000,
)

CREW = (ORCHESTRATOR, DESIGNER, BACKEND, FRONTEND, QA, CODE_REVIEWER, DEVOPS)
"""All agents, in the order of their work."""

JUDGES = frozenset({QA.agent_type, CODE_REVIEWER.agent_type})
"""Those who look at the work of others with fresh eyes."""
