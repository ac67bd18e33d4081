"""What is done with the agents of a build that ends without them."""

from uuid import UUID

from psycopg import AsyncConnection

from handoffs import lifecycle
from handoffs.lifecycle import TerminationReason


async def end_agents(
    connection: AsyncConnection, request_id: UUID, reason: TerminationReason
) -> None:
    """Terminate whatever agents of a request are still alive."""
    for agent in await lifecycle.agents_of_request(connection, request_id, alive_only=True):
        await lifecycle.terminate_agent(connection, agent, reason)
