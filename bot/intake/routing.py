"""What a message is, by one small model call: a new build, a change, or talk."""

import logging
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from pydantic import ValidationError

from bot.crew.answers import Route
from bot.crew.briefs import tagged
from bot.crew.cards import role_prompt
from bot.errors import ModelError
from bot.languages.speaking import spoken
from bot.model.accounting import Account
from bot.model.budgets import Caps
from bot.model.calls import ModelCall
from bot.model.structured import strict_schema
from bot.projects.versions import Project
from bot.services import Services
from telemetry.named_sql import statements
from telemetry.spans import trace_token_usage

log = logging.getLogger(__name__)

SQL = statements("bot.intake", "conversation.sql")

EARLIER_LINES = 10
LINE_LIMIT = 300  # characters of an earlier line
MAX_OUTPUT = 1_000  # tokens


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A message to read."""

    message_sid: str
    request_id: UUID
    user_id: str
    message_type: str
    body: str


async def route(services: Services, incoming: Incoming, projects: list[Project]) -> Route:
    """Ask the routing model what the message is.

    Raises the `ModelError` that kept it from answering; an answer that is no `Route` counts.
    """
    async with services.pool.connection() as connection:
        earlier = await _earlier_lines(connection, incoming)

    model = services.settings.routing_model
    with trace_token_usage(agent_type="router", operation_name="route") as span:
        account = Account(
            services.pool,
            span,
            Caps.of(services.settings),
            request_id=incoming.request_id,
            user_id=incoming.user_id,
            agent_id=None,
            agent_type="router",
            operation="route",
            model=model,
        )
        answer = await account.ask(
            services.model,
            ModelCall(
                model=model,
                system=role_prompt("router"),
                messages=[{"role": "user", "content": _question(incoming, projects, earlier)}],
                schema=strict_schema(Route),
                max_tokens=MAX_OUTPUT,
            ),
        )
    try:
        return Route.model_validate_json(answer.text)
    except ValidationError as error:
        raise ModelError(f"the router's answer is not a route: {error.error_count()} faults") from (
            error
        )


def _question(
    incoming: Incoming, projects: list[Project], earlier: list[str]
) -> list[dict[str, str]]:
    listed = [f"{number}. {project.title}" for number, project in enumerate(projects, 1)]
    text = "\n\n".join(
        (
            tagged("language", spoken()),
            tagged("projects", "\n".join(listed) or "none"),
            tagged("conversation", "\n".join(earlier) or "none"),
            tagged("message", incoming.body),
        )
    )
    return [{"type": "text", "text": text}]


async def _earlier_lines(connection: AsyncConnection, incoming: Incoming) -> list[str]:
    cursor = await connection.execute(
        SQL["earlier_lines"],
        {
            "user_id": incoming.user_id,
            "request_id": incoming.request_id,
            "limit": EARLIER_LINES,
        },
    )
    rows = await cursor.fetchall()
    return [f"{speaker}: {line[:LINE_LIMIT]}" for speaker, line in reversed(rows)]
