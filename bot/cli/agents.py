"""`textcrew agents`: every agent, its state and its tokens, the same from every process."""

from datetime import datetime, timedelta

import click

from bot.cli.database import connected
from bot.cli.named import user_of
from bot.cli.since import Moment, resolved
from bot.cli.tables import show
from bot.crew.listing import AgentFilter, list_agents
from bot.database.clock import database_time_blocking
from handoffs.states import AgentState, TerminationReason

COLUMNS = (
    "agent_id", "state", "context", "calls", "tokens", "cost", "user_id", "request_id",
    "spawned_at", "ended",
)  # fmt: skip


@click.command()
@click.option("--type", "agent_type", help="Only agents of this role, such as frontend.")
@click.option("--state", type=click.Choice([s.value for s in AgentState]), help="In this state.")
@click.option("--reason", type=click.Choice([r.value for r in TerminationReason]), help="So ended.")
@click.option(
    "--user", "user_id", metavar="USER", help="Phone number or user id, which may be cut short."
)
@click.option(
    "--request", "request_id", metavar="ID", help="Id of a request, which may be cut short."
)
@click.option("--since", type=Moment(), help="Spawned since: 30m, 2h, 3d, yesterday, or a date.")
@click.option("--alive", "alive_only", is_flag=True, help="Only those that have not ended.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print the agents as JSON.")
def agents(
    agent_type: str | None,
    state: str | None,
    reason: str | None,
    user_id: str | None,
    request_id: str | None,
    since: datetime | timedelta | None,
    alive_only: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List agents, newest first: state, how full their context is, what they spent."""
    whose = user_of(user_id)
    with connected() as connection:
        which = AgentFilter(
            agent_type=agent_type,
            state=state,
            user_id=whose,
            request_id=request_id,
            reason=reason,
            since=resolved(since, database_time_blocking(connection)),
            alive_only=alive_only,
        )
        rows = list_agents(connection, which, limit=limit)
    is_filtered = which != AgentFilter()
    show(rows, columns=COLUMNS, as_json=as_json, nothing="No agents.", is_filtered=is_filtered)
