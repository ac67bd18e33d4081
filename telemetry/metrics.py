"""The numbers that operators watch. Attributes are roles, models and outcomes, never users."""

from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from time import perf_counter
from typing import Literal

import logfire
from opentelemetry.metrics import Counter, Histogram

from telemetry import genai
from telemetry.interruption import Interruption


@dataclass(frozen=True, kw_only=True)
class MetricSpec:
    """A metric as backends know it. `kind` is Prometheus's word."""

    name: str
    kind: Literal["counter", "histogram"]
    description: str


DECLARED: dict[str, MetricSpec] = {}
"""All metrics of ours by name."""


def _counter(name: str, *, unit: str, description: str) -> Counter:
    DECLARED[name] = MetricSpec(name=name, kind="counter", description=description)
    return logfire.metric_counter(name, unit=unit, description=description)


def _histogram(name: str, *, unit: str, description: str) -> Histogram:
    DECLARED[name] = MetricSpec(name=name, kind="histogram", description=description)
    return logfire.metric_histogram(name, unit=unit, description=description)


_agent_invocations = _counter(
    "agent_invocations_total", unit="1", description="Times that an agent was put to work"
)
_agent_invocation_duration = _histogram(
    "agent_invocation_duration_seconds", unit="s", description="How long an agent worked"
)
_agent_response_time = _histogram(
    "agent_response_time", unit="s", description="How long the model took to answer an agent"
)
_tokens_used = _counter("tokens_used", unit="{token}", description="Tokens of model calls, by kind")
_genai_tokens = _histogram(
    "gen_ai.client.token.usage",
    unit="{token}",
    description="Tokens of model calls by OpenTelemetry's conventions, cached ones included",
)
_request_cost = _histogram(
    "request_cost_usd", unit="USD", description="What the model calls of a request cost"
)
_state_transitions = _counter(
    "state_transitions", unit="1", description="Changes of agents' states"
)
_handoff_validations = _counter(
    "handoff_validations_total", unit="1", description="Handoff documents checked"
)
_supervisor_tasks = _counter(
    "supervisor_tasks_total", unit="1", description="Pieces of work the orchestrator gave out"
)
_context_compilation_duration = _histogram(
    "context_compilation_duration_seconds",
    unit="s",
    description="How long it took to put together what an agent starts from",
)
_records_lost = _counter(
    "records_lost_total", unit="1", description="Spans and metrics that were not kept in PostgreSQL"
)
_requests_refused = _counter(
    "requests_refused_total",
    unit="1",
    description="Requests that were refused before it was known from whom they come",
)
_wrong_passwords = _counter(
    "wrong_passwords_total",
    unit="1",
    description="Wrong tokens that were shown at what is for operators only",
)


@contextmanager
def measured_invocation(agent_type: str) -> Iterator[None]:
    """An agent at work, from being called to its answer or to what kept it from answering."""
    started = perf_counter()
    outcome = "failed"
    try:
        yield
        outcome = "completed"
    except (Interruption, CancelledError):
        outcome = "stopped"
        raise
    finally:
        record_agent_invocation(
            agent_type=agent_type, outcome=outcome, seconds=perf_counter() - started
        )


@contextmanager
def measured_task(task_type: str) -> Iterator[None]:
    """A step of a workflow, given to an agent."""
    outcome = "failed"
    try:
        yield
        outcome = "completed"
    except (Interruption, CancelledError):
        outcome = "stopped"
        raise
    finally:
        record_supervisor_task(task_type=task_type, outcome=outcome)


@contextmanager
def measured_compilation(agent_type: str) -> Iterator[None]:
    """Putting together what an agent starts from."""
    started = perf_counter()
    yield
    record_context_compilation(agent_type=agent_type, seconds=perf_counter() - started)


def record_agent_invocation(*, agent_type: str, outcome: str, seconds: float) -> None:
    """An agent has ended its work; `outcome` is completed, failed or stopped."""
    attributes = {"agent_type": agent_type, "outcome": outcome}
    _agent_invocations.add(1, attributes)
    _agent_invocation_duration.record(seconds, attributes)


def record_model_response(*, agent_type: str, model: str, seconds: float) -> None:
    """The model has answered an agent."""
    _agent_response_time.record(seconds, {"agent_type": agent_type, "model": model})


def record_tokens(
    *,
    agent_type: str,
    model: str,
    input_tokens: int,
    output_tokens: int,
    cache_creation_tokens: int,
    cache_read_tokens: int,
) -> None:
    """A model call was made; the four kinds add up to all its tokens."""
    counts = {
        "input": input_tokens,
        "output": output_tokens,
        "cache_creation": cache_creation_tokens,
        "cache_read": cache_read_tokens,
    }
    for kind, count in counts.items():
        attributes = {"agent_type": agent_type, "model": model, "token_type": kind}
        _tokens_used.add(count, attributes)
    read = input_tokens + cache_creation_tokens + cache_read_tokens
    _genai_tokens.record(read, genai.token_usage(model=model, token_type="input"))
    _genai_tokens.record(output_tokens, genai.token_usage(model=model, token_type="output"))


def record_request_cost(*, request_type: str, cost_usd: Decimal | None) -> None:
    """A request has ended. A cost that is not wholly known (None) is not counted."""
    if cost_usd is not None:
        _request_cost.record(float(cost_usd), {"request_type": request_type})


def record_state_transition(*, agent_type: str, from_state: str, to_state: str) -> None:
    """An agent has changed its state."""
    _state_transitions.add(
        1, {"agent_type": agent_type, "from_state": str(from_state), "to_state": str(to_state)}
    )


def record_handoff_validation(*, outcome: str) -> None:
    """A handoff document was checked; `outcome` is passed, failed or repaired.

    Failed is what the agent gave and nobody can use, repaired a document of the facts alone after
    that.
    """
    _handoff_validations.add(1, {"outcome": outcome})


def record_supervisor_task(*, task_type: str, outcome: str) -> None:
    """A step of a workflow has ended; `outcome` is completed, failed or stopped."""
    _supervisor_tasks.add(1, {"task_type": task_type, "outcome": outcome})


def record_context_compilation(*, agent_type: str, seconds: float) -> None:
    """An agent's opening message was put together."""
    _context_compilation_duration.record(seconds, {"agent_type": agent_type})


def record_lost_records(count: int) -> None:
    """The record store lost spans or metrics, because its buffer was full."""
    _records_lost.add(count)


def record_refused_request(*, route: str, status: int) -> None:
    """A request was answered with that HTTP status, of 4xx, and nobody knows from whom it came."""
    _requests_refused.add(1, {"route": route, "status": str(status)})


def record_wrong_password(*, route: str) -> None:
    """Somebody has shown a token that does not open that route."""
    _wrong_passwords.add(1, {"route": route})
