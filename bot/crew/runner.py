"""An agent's life around the turn loop: taken up, worked through, put aside, followed by another.

A task is one agent after the other, until one brings it to its end. Whoever is interrupted is
PAUSED, one that the model fails is in ERROR; both are taken up again where they were.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING

from logfire import LogfireSpan
from psycopg import AsyncConnection

from bot.crew.assignment import Assignment, model_of, working_budget
from bot.crew.handover import end_task
from bot.crew.research import looks_around, summed_up
from bot.crew.thresholds import weigh_results
from bot.crew.time_limit import time_limit
from bot.crew.turn_loop import TurnLoop
from bot.database.outage import OUTAGE
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    BudgetExhausted,
    BudgetQuestion,
    BuildFailed,
    ModelError,
    OwnershipLost,
)
from handoffs import checkpoints, lifecycle
from handoffs.lifecycle import Agent, AgentState
from handoffs.states import SUCCESSORS, TerminationReason
from telemetry.events import agent_research_completed
from telemetry.metrics import measured_invocation, measured_task
from telemetry.spans import trace_agent_lifecycle, trace_agent_task_execution, trace_operation

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

log = logging.getLogger(__name__)

_AT_THE_END = {TerminationReason.TASK_COMPLETED, TerminationReason.HANDOFF_COMPLETE}


async def run_agent(assignment: Assignment) -> str:
    """Bring a task to its end, over any number of handoffs, and return the answer.

    A task that has ended before is not done again. Raises `OwnershipLost` when the build is
    stopped or taken over, `AgentTimedOut`, and the `ModelError` that the model ended with.
    """
    agent = await _take_up(assignment)
    if agent.result is not None:
        return agent.result
    with measured_task(assignment.spec.task_type):
        while agent.result is None:
            agent = await _live(assignment, agent)
        return agent.result


async def run_without_model(assignment: Assignment, answer: str) -> None:
    """End the role's task with `answer`, which is known without asking the model.

    Its agent lives all the same: operators read from it who did what, and when.
    """
    spec = assignment.spec
    agent = await _take_up(assignment)
    if agent.termination_reason in _AT_THE_END:
        return
    with measured_task(spec.task_type), measured_invocation(spec.agent_type):
        if agent.state is AgentState.INITIALIZING:
            async with assignment.lease.transaction() as connection:
                await lifecycle.transition(connection, agent, AgentState.ACTIVE)
        await conclude(assignment, answer)


async def conclude(assignment: Assignment, answer: str | None = None) -> None:
    """End the role's task with what its latest agent has handed in, and what follows from it.

    `answer` stands in for one that the agent could not give. A task that has ended stays as it is.
    """
    async with assignment.lease.transaction() as connection:
        agent = await _latest(connection, assignment)
        if agent.termination_reason in _AT_THE_END:
            return
        given = agent.result if answer is None else answer
        agent = await _readied(connection, agent)
        with _traced(assignment, agent) as span, _execution(assignment) as operation:
            turns = await checkpoints.load_turns(connection, agent.agent_id)
            ended = await end_task(connection, assignment, agent, turns, given or "")
            _tell_result(operation, assignment, ended)
            span.set_attribute("state", ended.state.value)


async def give_up(assignment: Assignment) -> None:
    """End the role's task without an answer, because its agent has failed.

    Its result is empty, so that nobody goes on where it was.
    """
    async with assignment.lease.transaction() as connection:
        await assignment.finish(connection, "")
        agent = await _latest(connection, assignment)
        await lifecycle.terminate_agent(connection, agent, TerminationReason.ERROR, "")


async def _take_up(assignment: Assignment) -> Agent:
    """The latest agent of this role, ready to work."""
    spec, build, services = assignment.spec, assignment.build, assignment.services
    budget = await working_budget(services, spec)
    async with assignment.lease.transaction() as connection:
        agent = await lifecycle.find_agent(connection, build.request_id, spec.agent_type)
        if agent is not None and assignment.is_for_another(agent):
            if agent.terminated_at is None:
                await lifecycle.terminate_agent(
                    connection, agent, TerminationReason.RESOURCE_CLEANUP
                )
            agent = None
        if agent is None:
            if assignment.opening is None:
                raise BuildFailed(f"nobody left a brief for the {spec.agent_type}")
            return await lifecycle.spawn_agent(
                connection,
                request_id=build.request_id,
                user_id=build.user_id,
                project_id=build.project_id,
                agent_type=spec.agent_type,
                model=model_of(services, spec),
                budget=budget,
                opening=assignment.opening,
            )
        if agent.result is None:
            return await _readied(connection, agent)
        if assignment.sent_back is not None:
            return await _send_back(connection, assignment, agent, assignment.sent_back)
        return agent


async def _latest(connection: AsyncConnection, assignment: Assignment) -> Agent:
    agent = await lifecycle.find_agent(
        connection, assignment.build.request_id, assignment.spec.agent_type
    )
    if agent is None:
        raise BuildFailed(f"there is no {assignment.spec.agent_type}")
    return agent


async def _readied(connection: AsyncConnection, agent: Agent) -> Agent:
    """The agent, or the one that goes on for it, in a state in which it works."""
    if agent.state in {AgentState.PAUSED, AgentState.ERROR}:
        return await lifecycle.resume_agent(connection, agent)
    if agent.state is AgentState.TERMINATED:
        return await lifecycle.revive_agent(connection, agent)
    return agent


async def _send_back(
    connection: AsyncConnection,
    assignment: Assignment,
    waiting: Agent,
    evidence: "list[ContentBlockParam]",
) -> Agent:
    """Let the agent read why its work is not accepted: the next words of its conversation."""
    is_waiting = waiting.state is AgentState.PAUSED  # else it was stopped meanwhile
    agent = await (
        lifecycle.send_back(connection, waiting) if is_waiting else _readied(connection, waiting)
    )
    turns = await checkpoints.load_turns(connection, agent.agent_id)
    agent, results = await weigh_results(connection, assignment, agent, turns, evidence)
    await checkpoints.add_results(connection, agent.agent_id, turns[-1], results)
    return agent


async def _live(assignment: Assignment, agent: Agent) -> Agent:
    """Let one agent work; returns it with its result, or its successor."""
    with measured_invocation(agent.agent_type), _traced(assignment, agent) as span:
        try:
            after = await _within_its_time(assignment, agent)
        except (asyncio.CancelledError, BudgetQuestion):
            await _put_aside(assignment, agent, AgentState.PAUSED, span)
            raise
        except (ModelError, AgentTimedOut, AgentStuck, BudgetExhausted):
            await _put_aside(assignment, agent, AgentState.ERROR, span)
            raise
        except OwnershipLost:
            await _tell_how_it_was_left(assignment, agent, span)
            raise
        is_same = after.agent_id == agent.agent_id
        span.set_attribute("state", (after.state if is_same else AgentState.TERMINATED).value)
        return after


async def _within_its_time(assignment: Assignment, agent: Agent) -> Agent:
    seconds = assignment.services.settings.crew.agent_timeout_seconds
    try:
        async with time_limit(seconds) as limit:
            return await _work(assignment, agent)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise AgentTimedOut(f"{agent.agent_id} worked for {seconds:g} s") from error


async def _work(assignment: Assignment, agent: Agent) -> Agent:
    """Research and planning, if there is something to read and nothing was read, then execution."""
    run = TurnLoop(assignment, agent)
    if not await run.load() and looks_around(assignment.spec):
        await _research(assignment, agent, run)
    with _execution(assignment) as operation:
        after = await run.run_to_completion()
        _tell_result(operation, assignment, after)
        return after


async def _research(assignment: Assignment, agent: Agent, run: TurnLoop) -> None:
    spec = assignment.spec
    with trace_operation("Research & Planning Phase") as operation:
        await run.explore()
        found = summed_up(spec, agent.opening, run.turns)
        operation.set_attribute("research_topics_count", found.topics)
        operation.set_attribute("plan_components_count", found.components)
        agent_research_completed(
            agent_id=agent.agent_id,
            agent_type=agent.agent_type,
            research_topics_count=found.topics,
            plan_components_count=found.components,
        )


@contextmanager
def _traced(assignment: Assignment, agent: Agent) -> Iterator[LogfireSpan]:
    """An agent at its task; yields the span of its life."""
    spec = assignment.spec
    with (
        trace_agent_lifecycle(
            agent_id=agent.agent_id,
            agent_type=agent.agent_type,
            version=agent.version,
            state=agent.state,
        ) as span,
        trace_agent_task_execution(
            agent_id=agent.agent_id,
            agent_type=agent.agent_type,
            task_type=spec.task_type,
            task_description=spec.task,
        ),
    ):
        yield span


def _execution(assignment: Assignment) -> AbstractContextManager[LogfireSpan]:
    return trace_operation("Execution Phase", execution_type=assignment.spec.task_type)


def _tell_result(operation: LogfireSpan, assignment: Assignment, agent: Agent) -> None:
    """Whether there is an answer, and how many things it tells: its fields, or one text."""
    operation.set_attribute("execution_completed", agent.result is not None)
    if agent.result is not None:
        keys = len(json.loads(agent.result)) if assignment.spec.answer else 1
        operation.set_attribute("result_keys_count", keys)


async def _put_aside(
    assignment: Assignment, agent: Agent, state: AgentState, span: LogfireSpan
) -> None:
    """Note why the agent rests. One that is handing over stays as it is and begins that again."""
    try:
        async with assignment.lease.transaction() as connection:
            now = await lifecycle.load_agent(connection, agent.agent_id)
            if now is not None and state in SUCCESSORS[now.state]:
                now = await lifecycle.transition(connection, now, state)
    except (OwnershipLost, *OUTAGE) as error:
        log.warning("%s could not be noted as %s: %r", agent.agent_id, state, error)
    else:
        _tell_state(span, now)


async def _tell_how_it_was_left(assignment: Assignment, agent: Agent, span: LogfireSpan) -> None:
    """Tell the state of an agent that waits for its user, or whose build was taken from it."""
    with suppress(*OUTAGE):
        async with assignment.services.pool.connection() as connection:
            _tell_state(span, await lifecycle.load_agent(connection, agent.agent_id))


def _tell_state(span: LogfireSpan, agent: Agent | None) -> None:
    """What the agent is in the end; nothing of one that was forgotten."""
    if agent is not None:
        span.set_attribute("state", agent.state.value)
