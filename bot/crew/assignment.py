"""What an agent gets to do: its spec, the build it works for, and what follows from its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

from bot.attachments.kept_files import has_pictures
from bot.builds.builds import Build
from bot.builds.lease import Lease
from bot.crew import transcript
from bot.crew.agent_specs import AgentSpec
from bot.crew.images import Shown, inline_media
from bot.crew.in_words import AS_THEY_ARE, InWords
from bot.crew.older_openings import opening_with_papers
from bot.services import Services
from handoffs.checkpoints import Turn
from handoffs.document import UpstreamDependency
from handoffs.lifecycle import Agent
from handoffs.tokens import WorkingBudget

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam


@dataclass(frozen=True, kw_only=True)
class Brief:
    """Who goes on with an agent's result, and the result as the part of that name.

    `beside` is what others made meanwhile, `plan` the build's where the result has made it.
    """

    spec: AgentSpec
    part: str
    content: str
    beside: tuple[UpstreamDependency, ...] = ()
    plan: Mapping[str, Any] | None = None


class Submitted:
    """The agent hands in and waits: its work is looked at, and it may have to go on with it."""


Outcome = Brief | Submitted | None

Finish = Callable[[AsyncConnection, str], Awaitable[Outcome]]
"""Runs in the transaction that stores the agent's answer: the news it makes, the phase.

Returns the brief for the next agent, `Submitted`, or None where nobody goes on with the answer.
"""

Check = Callable[[str], Awaitable[str | None]]
"""What is wrong with an answer that fits its schema, in a sentence for the model, if anything."""


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One agent's part in a build.

    `opening` is its first user message's blocks, as JSON; None for an agent that is there already,
    because the one before it left it a brief. A task that is new `since` then is for a fresh agent,
    neither for one that has answered nor for one that was there before. `sent_back` is what an
    agent that waits has to go on with. An answer that does not pass `check` is corrected. `beside`
    is what another agent does meanwhile under the same lease, which ends when the build rests.
    """

    services: Services
    lease: Lease
    build: Build
    spec: AgentSpec
    opening: str | None
    finish: Finish
    since: datetime | None = None
    sent_back: "list[ContentBlockParam] | None" = None
    check: Check | None = None
    beside: asyncio.Future[str] | None = None

    def is_for_another(self, agent: Agent) -> bool:
        """Whether the role's latest agent has nothing to do with this task."""
        if self.since is None:
            return False
        return agent.result is not None or agent.spawned_at < self.since

    async def has_pictures(self, connection: AsyncConnection) -> bool:
        """Whether the agent is to see pictures of the request; asked once, not with each turn."""
        return self.spec.sees_pictures and await has_pictures(connection, self.build.request_id)

    async def opening_of(self, agent: Agent) -> str:
        """The agent's first message, as JSON: it stays as it is for as long as the agent works."""
        if not self.spec.reads_papers:
            return agent.opening
        async with self.services.pool.connection() as connection:
            return await opening_with_papers(connection, self.build, agent)

    async def conversation(
        self,
        opening: str,
        turns: list[Turn],
        *,
        with_pictures: bool = True,
        in_words: InWords = AS_THEY_ARE,
    ) -> Shown:
        """A conversation so far for the model, `with_pictures` that came with the request."""
        async with self.services.pool.connection() as connection:
            return await inline_media(
                connection,
                transcript.conversation(opening, turns),
                request_id=self.build.request_id,
                project_id=self.build.project_id,
                with_request_pictures=with_pictures and self.spec.sees_pictures,
                in_words=in_words,
            )


def model_of(services: Services, spec: AgentSpec) -> str:
    """The model that a new agent of that kind asks."""
    return services.settings.model.name_of(spec.agent_type, small=spec.small_model)


async def working_budget(services: Services, spec: AgentSpec) -> WorkingBudget:
    """How much context an agent of that kind may fill."""
    settings = services.settings
    limits = await services.model.limits(model_of(services, spec))
    return WorkingBudget(
        window=limits.window,
        working_budget=settings.crew.working_budget_tokens,
        max_output=min(
            settings.model.output_by_role.get(spec.agent_type, spec.max_output), limits.max_output
        ),
        warning=settings.crew.warning_threshold_percent,
        critical=settings.crew.critical_threshold_percent,
    )
