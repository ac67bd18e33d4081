"""The build job: take the lease, plan the build, run its workflow, and end it honestly."""

import logging
from dataclasses import replace
from uuid import UUID

from bot.builds.builds import end_build, is_any_queued
from bot.builds.lease import Lease
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    BudgetExhausted,
    BudgetQuestion,
    BuildFailed,
    ChangeUntried,
    ContextExceeded,
    ModelBusy,
    ModelMisconfigured,
    ModelRefused,
    OwnershipLost,
    TextcrewError,
    WaitsForUser,
)
from bot.messages import failure_texts
from bot.messages.kinds import MessageKind
from bot.projects.history import save_draft
from bot.requests.closing import close_if_finished
from bot.requests.lifecycle import end_work, in_request, load_request
from bot.requests.states import WorkEnd
from bot.services import Services
from bot.workflows.budget_stop import ask_whether_to_go_on, stop_with_what_there_is
from bot.workflows.build_context import BuildContext
from bot.workflows.failure_log import ATTEMPT_LIMIT, record_failure
from bot.workflows.planning import plan
from bot.workflows.registry import WORKFLOWS
from handoffs.ending import end_agents
from handoffs.errors import StaleAgent, TurnConflict
from handoffs.lifecycle import TerminationReason
from telemetry.spans import trace_workflow

log = logging.getLogger(__name__)

R = TerminationReason

# What the user is told, and why the agents that are still alive are ended.
_FINAL_FAILURES: dict[type[TextcrewError], tuple[str, TerminationReason]] = {
    BuildFailed: (failure_texts.FAILED, R.ORCHESTRATOR_SHUTDOWN),
    ChangeUntried: (failure_texts.FAILED_UNTRIED, R.ORCHESTRATOR_SHUTDOWN),
    AgentTimedOut: (failure_texts.FAILED_TIMEOUT, R.TIMEOUT),
    AgentStuck: (failure_texts.FAILED_STUCK, R.ERROR),
    ModelMisconfigured: (failure_texts.FAILED_MISCONFIGURED, R.ERROR),
    ModelRefused: (failure_texts.FAILED_REFUSED, R.ERROR),
    AnswerCutOff: (failure_texts.FAILED_TOO_LARGE, R.ERROR),
    AnswerInvalid: (failure_texts.FAILED, R.ERROR),
    ContextExceeded: (failure_texts.FAILED_TOO_LARGE, R.ERROR),
}


async def run_build(services: Services, build_id: UUID, *, only_plan: bool = False) -> bool:
    """Bring a build to its end, or to the next failure that is worth another attempt.

    With `only_plan` at most to its plan; returns whether the rest is to be done by another run.
    Raises `OwnershipLost` when the build was stopped or taken over, and whatever the queue shall
    try again.
    """
    lease = Lease(services.pool, build_id)
    build = await lease.acquire()
    if build is None:
        return False
    async with services.pool.connection() as connection:
        request = await load_request(connection, build.current_request_id)
    if request is None:
        return False
    is_left = False
    context = BuildContext(services=services, lease=lease, build=build)
    try:
        with in_request(request, project_id=build.project_id):
            try:
                is_left = await _work(context, only_plan=only_plan)
            except WaitsForUser:
                log.info("build %s waits for its user", build_id)
            except (StaleAgent, TurnConflict) as error:
                raise OwnershipLost(str(error)) from error
    except OwnershipLost:
        await _close(context)  # a call that a stop has cut off is booked by now
        raise
    await _close(context)
    return is_left


async def _close(context: BuildContext) -> None:
    async with context.services.pool.connection() as connection:
        await close_if_finished(connection, context.build.current_request_id)


async def _work(context: BuildContext, *, only_plan: bool) -> bool:
    """Returns whether the build is planned and waits to be carried out."""
    if context.build.attempts > ATTEMPT_LIMIT:
        # Whatever takes its workers down is not the agent's fault; it is only in the way of it.
        log.error("build %s is given up: no attempt brought it on", context.build.build_id)
        await _fail(context, failure_texts.FAILED, R.ORCHESTRATOR_SHUTDOWN, "attempts exhausted")
        return False
    goes_on = False
    try:
        if context.build.plan is None:
            await plan(context)
        if only_plan:
            return True
        decided = context.plan
        with trace_workflow(
            workflow_type=decided.workflow,
            agents_needed=list(decided.agents_needed),
            ai_reasoning=decided.reasoning,
            estimated_complexity=decided.estimated_complexity,
            estimated_steps=decided.estimated_steps,
        ):
            await WORKFLOWS[decided.workflow].run(context)
    except tuple(_FINAL_FAILURES) as error:
        await record_failure(context.services.pool, context.build.build_id, error)
        sentence, reason = _final_failure(error)
        await _fail(context, sentence, reason, type(error).__name__)
    except BudgetQuestion as question:
        goes_on = await ask_whether_to_go_on(context, question)
    except BudgetExhausted as error:
        await stop_with_what_there_is(context, error)
    except ModelBusy as error:
        if await context.lease.attempts() == ATTEMPT_LIMIT:
            await record_failure(context.services.pool, context.build.build_id, error)
            await _fail(context, failure_texts.FAILED_BUSY, R.ERROR, "ModelBusy")
            return False
        async with context.lease.transaction() as connection:
            await context.tell(connection, MessageKind.DELAYED, failure_texts.STILL_TRYING)
        raise
    if goes_on:
        context.build = replace(context.build, budget_asked=True)
        return await _work(context, only_plan=only_plan)
    return False


def _final_failure(error: TextcrewError) -> tuple[str, TerminationReason]:
    """The entry of the error's own class, else of the one above it."""
    return next(_FINAL_FAILURES[kind] for kind in type(error).__mro__ if kind in _FINAL_FAILURES)


async def _fail(
    context: BuildContext, sentence: str, reason: TerminationReason, failure: str
) -> None:
    """End the build as failed and tell the user why, in words that help.

    What it had written is kept apart, so that nobody publishes it by chance.
    """
    async with context.lease.transaction() as connection:
        await save_draft(connection, context.build.project_id, context.build.request_id)
        await end_agents(connection, context.build.request_id, reason)
        is_next_queued = await is_any_queued(connection, context.build.project_id)
        say = failure_texts.failed(sentence, is_next_queued=is_next_queued)
        await context.tell(connection, MessageKind.FAILED, say)
        await end_build(connection, context.build, WorkEnd.FAILED, failure=failure)
        await end_work(connection, context.build.current_request_id, WorkEnd.FAILED)
