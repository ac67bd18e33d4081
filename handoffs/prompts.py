"""What an agent is told, kept from its first call to its last.

Its thinking is bound to system prompt and tools, and the Messages API refuses it under others. So a
release that changes them changes nothing for an agent that has begun. Agents with the same prompt
share one row.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from telemetry.named_sql import statements

SQL = statements("handoffs", "prompts.sql")


@dataclass(frozen=True, kw_only=True)
class AgentPrompt:
    """A system prompt, definitions of tools, the JSON schema of the answer, and how much to think.

    Without a `schema` the answer is free text.
    """

    system: str
    tools: list[dict[str, Any]]
    schema: dict[str, Any] | None
    effort: str | None


async def keep_prompt(connection: AsyncConnection, agent_id: str, prompt: AgentPrompt) -> None:
    """Give an agent its prompt; one that has one and has taken a turn keeps that."""
    await connection.execute(
        SQL["give"], {**_row(prompt), "agent_id": agent_id, "effort": prompt.effort}
    )


async def load_prompt(connection: AsyncConnection, agent_id: str) -> AgentPrompt | None:
    """The agent's prompt; None for one that has not begun, or began before they were kept."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL["load"], {"agent_id": agent_id})
        row = await cursor.fetchone()
    if row is None:
        return None
    return AgentPrompt(
        system=row["system"],
        tools=json.loads(row["tools"]),
        schema=None if row["schema"] is None else json.loads(row["schema"]),
        effort=row["effort"],
    )


def _row(prompt: AgentPrompt) -> dict[str, str | None]:
    tools = json.dumps(prompt.tools, ensure_ascii=False)
    schema = None if prompt.schema is None else json.dumps(prompt.schema, ensure_ascii=False)
    whole = json.dumps([prompt.system, tools, schema])
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return {"prompt_hash": digest, "system": prompt.system, "tools": tools, "schema": schema}
