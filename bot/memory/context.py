"""Compiles what a model is to have in mind when it reads a message, within a budget of tokens.

Three tiers. An agent's own turns are its transcript (`bot.crew.transcript`). Here are the other
two: the conversation with the state of its projects, and what is known of the user over time,
facts they stated and past requests, found by PostgreSQL's full-text search. What does not fit is
left out, the oldest and least alike first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection

from bot.collections.owner_keys import without_keys
from bot.database.together import Asked, ask_together
from bot.markup.shortening import one_line, shorten
from bot.projects.projects import Project
from handoffs.tokens import estimate_tokens
from telemetry.named_sql import statements

SQL = statements("bot.memory", "context.sql")

# Tokens a tier may take; together they keep a routing call below a fraction of a cent.
CONVERSATION_TOKENS = 1_500
PROJECT_TOKENS = 700
USER_TOKENS = 800
# How many are looked at.
LINES = 20
PROJECTS = 12
FACTS = 30
PAST_REQUESTS = 5
LINE_LENGTH = 500  # characters


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What is to be kept in mind, as the lines of a brief."""

    projects: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
    user: tuple[str, ...] = ()

    def parts(self) -> dict[str, str]:
        """The tiers by the names of their tags, `none` where there is nothing."""
        return {
            "projects": "\n".join(self.projects) or "none",
            "user": "\n".join(self.user) or "none",
            "conversation": "\n".join(self.conversation) or "none",
        }


@dataclass(frozen=True, kw_only=True)
class _ProjectState:
    number: int
    title: str
    version: int | None
    status: str | None
    phase: str | None
    request_text: str | None

    def __str__(self) -> str:
        doing = f"{self.status}, {self.phase}" if self.status == "running" else self.status
        published = f"version {self.version}" if self.version else "not published"
        asked = f"; last asked for: {_short(self.request_text)}" if self.request_text else ""
        return f"{self.number}. {self.title} ({published}; last build {doing or 'none'}){asked}"


async def compile_memory(
    connection: AsyncConnection,
    *,
    user_id: str,
    request_id: UUID,
    message: str,
    projects: Sequence[Project] = (),
    project_id: UUID | None = None,
) -> Memory:
    """Read and fit what bears on the message; `projects` keep their order and numbers.

    `project_id` is the one that the message is about already, so that it is no past project.
    """
    ids = [project.project_id for project in projects[:PROJECTS]]
    who: dict[str, object] = {
        "user_id": user_id,
        "message": message,
        "project_ids": ids,
        "project_id": project_id,
    }
    lately = {"user_id": user_id, "request_id": request_id, "limit": LINES}
    said, states, facts, requests = await ask_together(
        connection,
        Asked(SQL["said_lately"], lately, _line),
        Asked(SQL["state_of_projects"], {"project_ids": ids}, _ProjectState),
        Asked(SQL["known_of_user"], {**who, "limit": FACTS}, _fact),
        Asked(SQL["past_requests"], {**who, "limit": PAST_REQUESTS}, _request),
    )
    return Memory(
        projects=_fitting((str(state) for state in states), PROJECT_TOKENS),
        conversation=_fitting(said, CONVERSATION_TOKENS)[::-1],
        user=_fitting([*facts, *requests], USER_TOKENS),
    )


def _line(speaker: str, line: str, **_: object) -> str:
    return f"{speaker}: {_short(without_keys(line))}"


def _fact(fact: str) -> str:
    return f"They said: {fact}"


def _request(title: str, request_text: str) -> str:
    return f"Past project {title}: {_short(request_text)}"


def _fitting(lines: Iterable[str], budget: int) -> tuple[str, ...]:
    """The first lines that fit into `budget` tokens together."""
    kept: list[str] = []
    for line in lines:
        budget -= estimate_tokens([line])
        if budget < 0:
            break
        kept.append(line)
    return tuple(kept)


def _short(line: str) -> str:
    return shorten(one_line(line), LINE_LENGTH)
