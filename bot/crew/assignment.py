"""What an agent gets to do: its card, the build it works for, and what follows from its answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from psycopg import AsyncConnection

from bot.crew.cards import AgentCard
from bot.projects.builds import Build, Claim
from bot.services import Services

Finish = Callable[[AsyncConnection, str], Awaitable[None]]
"""Runs in the transaction that ends the agent, with its answer: the news it makes, the phase."""


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One agent's part in a build. `opening` is its first user message's blocks, as JSON."""

    services: Services
    claim: Claim
    build: Build
    card: AgentCard
    opening: str
    finish: Finish
