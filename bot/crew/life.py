"""An agent's life around the turn loop: taken up, worked through, put aside, followed by another.

A task is one agent after the other, until one brings it to its end. Whoever is interrupted is
PAUSED, whoever the model fails is in ERROR; both are taken up again where they were.
"""

import asyncio
import logging

import psycopg

from bot.crew.assignment import Assignment, working_budget
from bot.crew.loop import AgentRun
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    BudgetExhausted,
    BudgetQuestion,
    BuildFailed,
    ModelError,
    OwnershipLost,
)
from handoffs import lifecycle
from handoffs.lifecycle import Agent, AgentState
from handoffs.states import SUCCESSORS
from telemetry.metrics import measured_invocation
from telemetry.spans import trace_agent_lifecycle, trace_agent_task_execution, trace_operation

log = logging.getLogger(__name__)


async def run_agent(assignment: Assignment) -> str:
    """Bring a task to its end, over any number of handoffs, and return the answer.

    A task that has ended before is not done again. Raises `OwnershipLost` when the build is
    stopped or taken over, `AgentTimedOut`, and the `ModelError` that the model ended with.
    """
    agent = await _take_up(assignment)
    while agent.result is None:
        agent = await _live(assignment, agent)
    return agent.result


async def _take_up(assignment: Assignment) -> Agent:
    """The latest agent of this role, ready to work."""
    card, build, services = assignment.card, assignment.build, assignment.services
    budget = await working_budget(services, card)
    async with assignment.claim.hold() as connection:
        agent = await lifecycle.find_agent(connection, build.request_id, card.agent_type)
        if agent is None:
            if assignment.opening is None:
                raise BuildFailed(f"nobody left a brief for the {card.agent_type}")
            return await lifecycle.spawn_agent(
                connection,
                request_id=build.request_id,
                user_id=build.user_id,
                project_id=build.project_id,
                agent_type=card.agent_type,
                model=services.settings.model,
                working_budget=budget,
                opening=assignment.opening,
            )
        if agent.state in {AgentState.PAUSED, AgentState.ERROR}:
            return await lifecycle.resume_agent(connection, agent)
        if agent.state is AgentState.TERMINATED and agent.result is None:
            return await lifecycle.revive_agent(connection, agent)
        return agent


async def _live(assignment: Assignment, agent: Agent) -> Agent:
    """Let one agent work; returns it with its result, or its successor."""
    card = assignment.card
    try:
        with (
            measured_invocation(agent.agent_type, stopped_by=OwnershipLost),
            trace_agent_lifecycle(
                agent_id=agent.agent_id,
                agent_type=agent.agent_type,
                version=agent.version,
                state=agent.state,
            ) as lifecycle_span,
            trace_agent_task_execution(
                agent_id=agent.agent_id,
                task_type=card.task_type,
                task_description=f"{card.task_type} for build {assignment.build.build_id}",
            ),
            trace_operation("Execution Phase", execution_type=card.task_type) as operation,
        ):
            after = await _within_its_time(assignment, agent)
            operation.set_attribute("execution_completed", after.result is not None)
            lifecycle_span.set_attribute("state", AgentState.TERMINATED.value)
            return after
    except (asyncio.CancelledError, BudgetQuestion):
        await _put_aside(assignment, agent, AgentState.PAUSED)
        raise
    except (ModelError, AgentTimedOut, AgentStuck, BudgetExhausted):
        await _put_aside(assignment, agent, AgentState.ERROR)
        raise


async def _within_its_time(assignment: Assignment, agent: Agent) -> Agent:
    seconds = assignment.services.settings.agent_timeout_seconds
    try:
        async with asyncio.timeout(seconds) as limit:
            return await AgentRun(assignment, agent).to_its_end()
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise AgentTimedOut(f"{agent.agent_id} worked for {seconds:g} s") from error


async def _put_aside(assignment: Assignment, agent: Agent, state: AgentState) -> None:
    """Note why the agent rests. One that is handing over stays as it is and begins that again."""
    try:
        async with assignment.claim.hold() as connection:
            now = await lifecycle.load_agent(connection, agent.agent_id)
            if now is not None and state in SUCCESSORS[now.state]:
                await lifecycle.transition(connection, now, state)
    except (OwnershipLost, psycopg.OperationalError) as error:
        log.warning("%s could not be noted as %s: %r", agent.agent_id, state, error)
