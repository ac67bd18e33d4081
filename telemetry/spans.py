"""The spans of a request, by the names and attributes that operators query.

Each takes what is known when it starts and yields the span, on which the rest is set.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import Literal

from logfire import LogfireSpan
from opentelemetry import trace

from telemetry import genai
from telemetry.privacy import WITHHELD, preview
from telemetry.sampling import PERIODIC, THINGS_DONE
from telemetry.tracing import set_known, traced

TRANSCRIBER = "transcriber"  # in place of an agent's type


def trace_workflow(
    *,
    workflow_type: str,
    agents_needed: Sequence[str],
    ai_reasoning: str,
    estimated_complexity: str,
    estimated_steps: int,
) -> AbstractContextManager[LogfireSpan]:
    """The whole of a workflow. The reasoning is the model's own text, so it shows as content."""
    return traced(
        f"workflow:{workflow_type}",
        "workflow:{workflow_type}",
        workflow_type=workflow_type,
        agents_needed=agents_needed,
        ai_reasoning=preview(ai_reasoning) or WITHHELD,
        estimated_complexity=estimated_complexity,
        estimated_steps=estimated_steps,
    )


def trace_agent_lifecycle(
    *, agent_id: str, agent_type: str, version: int, state: str
) -> AbstractContextManager[LogfireSpan]:
    """An agent from taking up its work to its end; set `state` again when it ends."""
    return traced(
        "agent_lifecycle",
        "agent_lifecycle:{agent_type}_v{version}",
        genai.invoke_agent(agent_id=agent_id, agent_type=agent_type),
        agent_id=agent_id,
        agent_type=agent_type,
        version=version,
        state=state,
    )


def trace_agent_spawn(
    *,
    agent_type: str,
    continuation_mode: str,
    handoff_id: str | None = None,
    predecessor_agent_id: str | None = None,
) -> AbstractContextManager[LogfireSpan]:
    """The making of a new agent; `continuation_mode` is fresh, handoff or resumed.

    `events.agent_spawned` tells which one it has become.
    """
    return traced(
        "agent_spawn",
        agent_type=agent_type,
        continuation_mode=continuation_mode,
        handoff_id=handoff_id,
        predecessor_agent_id=predecessor_agent_id,
    )


def trace_agent_task_execution(
    *, agent_id: str, agent_type: str, task_type: str, task_description: str
) -> AbstractContextManager[LogfireSpan]:
    """A task of an agent. The description is the program's words, never a user's."""
    return traced(
        "agent_task_execution",
        "agent_task_execution:{task_type}",
        agent_id=agent_id,
        agent_type=agent_type,
        task_type=task_type,
        task_description=task_description,
    )


def trace_operation(
    name: Literal["Research & Planning Phase", "Execution Phase"],
    *,
    execution_type: str | None = None,
) -> AbstractContextManager[LogfireSpan]:
    """A stage of a task.

    Set `research_topics_count` and `plan_components_count` on the first kind,
    `execution_completed` and `result_keys_count` on the second.
    """
    return traced(name, execution_type=execution_type)


def trace_token_usage(
    *, agent_type: str, operation_name: str, agent_id: str | None = None
) -> AbstractContextManager[LogfireSpan]:
    """A model call; `set_token_usage` tells what it used. Routing and planning have no agent."""
    return traced(
        "token_usage",
        "token_usage:{operation_name}",
        genai.agent(agent_id=agent_id, agent_type=agent_type),
        agent_id=agent_id,
        agent_type=agent_type,
        operation_name=operation_name,
    )


def set_token_usage(
    span: LogfireSpan,
    *,
    input_tokens: int,
    output_tokens: int,
    cache_creation_tokens: int,
    cache_read_tokens: int,
    thinking_tokens: int,
    cost_usd: Decimal | None,
    usage_percentage: float | None = None,
    remaining_tokens: int | None = None,
    threshold_status: str | None = None,
) -> None:
    """Tell what the call of a `token_usage` span used; an unknown cost is left out, never 0.

    Of the output tokens `thinking_tokens` went into thinking.
    """
    total = input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens
    span.set_attribute(genai.TOTAL_TOKENS, total)
    set_known(
        span,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_creation_tokens=cache_creation_tokens,
        cache_read_tokens=cache_read_tokens,
        thinking_tokens=thinking_tokens,
        total_tokens=total,
        usage_percentage=usage_percentage,
        remaining_tokens=remaining_tokens,
        threshold_status=threshold_status,
    )
    if cost_usd is not None:
        span.set_attribute("operation.cost", float(cost_usd))


def trace_transcription(
    *, model: str, audio_bytes: int, audio_seconds: float | None
) -> AbstractContextManager[LogfireSpan]:
    """The transcription of a voice note; the length is left out where its file does not tell it.

    `set_transcription` tells what came of it, and never a word.
    """
    return traced(
        "transcribe",
        agent_type=TRANSCRIBER,
        operation_name="transcribe",
        model=model,
        audio_bytes=audio_bytes,
        audio_seconds=audio_seconds,
    )


def set_transcription(
    span: LogfireSpan,
    *,
    transcription_status: str,
    audio_seconds: float | None,
    total_tokens: int,
    cost_usd: Decimal | None,
) -> None:
    """Tell how a `transcribe` span ended; an unknown cost is left out.

    The status is clear, doubtful or empty; refused by the server, or lost on the way: what that has
    cost nobody knows. There are no tokens where the server is paid by the minute.
    """
    set_known(
        span,
        transcription_status=transcription_status,
        audio_seconds=audio_seconds,
        total_tokens=total_tokens,
    )
    if cost_usd is not None:
        span.set_attribute("operation.cost", float(cost_usd))


def trace_threshold_event(
    *,
    agent_id: str,
    agent_type: str,
    threshold_type: str,
    token_usage: int,
    usage_percentage: float,
    tokens_remaining: int,
    action_taken: str,
) -> AbstractContextManager[LogfireSpan]:
    """An agent's context has crossed a threshold: `threshold_type` is warning or critical."""
    return traced(
        f"agent_threshold:{threshold_type}",
        "agent_threshold:{threshold_type}",
        agent_id=agent_id,
        agent_type=agent_type,
        threshold_type=threshold_type,
        token_usage=token_usage,
        usage_percentage=usage_percentage,
        tokens_remaining=tokens_remaining,
        action_taken=action_taken,
    )


def trace_agent_handoff(
    *,
    source_agent_id: str,
    agent_type: str,
    handoff_id: str,
    trace_id: str,
    termination_reason: str,
    completion_percentage: float,
    tokens_used: int,
    target_agent_id: str | None = None,
) -> AbstractContextManager[LogfireSpan]:
    """An agent whose context is full hands over to its successor, the next one of its type.

    Set `target_agent_id` when it is spawned inside.
    """
    return traced(
        "agent_handoff",
        source_agent_id=source_agent_id,
        agent_type=agent_type,
        target_agent_id=target_agent_id,
        handoff_id=handoff_id,
        trace_id=trace_id,
        termination_reason=termination_reason,
        completion_percentage=completion_percentage,
        tokens_used=tokens_used,
    )


def trace_agent_brief(
    *,
    source_agent_id: str,
    source_agent_type: str,
    target_agent_type: str,
    handoff_id: str,
    trace_id: str,
    tokens_used: int,
) -> AbstractContextManager[LogfireSpan]:
    """An agent whose task is done briefs the next role; set `target_agent_id` as for a handoff."""
    return traced(
        "agent_brief",
        "agent_brief:{target_agent_type}",
        source_agent_id=source_agent_id,
        agent_type=source_agent_type,
        target_agent_type=target_agent_type,
        handoff_id=handoff_id,
        trace_id=trace_id,
        tokens_used=tokens_used,
    )


def trace_handoff_document(*, handoff_id: str) -> AbstractContextManager[LogfireSpan]:
    """The making of a handoff document; `set_handoff_document` tells what came of it."""
    return traced("handoff_document", handoff_id=handoff_id)


def set_handoff_document(
    span: LogfireSpan,
    *,
    document_size_kb: float,
    categories_included: Sequence[str],
    decisions_count: int,
    todos_count: int,
    errors_count: int,
) -> None:
    """Tell what the document of a `handoff_document` span holds."""
    set_known(
        span,
        document_size_kb=document_size_kb,
        categories_included=categories_included,
        decisions_count=decisions_count,
        todos_count=todos_count,
        errors_count=errors_count,
    )


@contextmanager
def trace_database_operation(
    *,
    operation: str,
    table_name: str,
    record_id: str,
    agent_type: str | None = None,
    data_size_kb: float | None = None,
) -> Iterator[LogfireSpan]:
    """A change worth finding by its record; `operation` is save, load, delete.

    `db_status` becomes ok or error by itself.
    """
    with traced(
        f"database_{operation}:{table_name}",
        "database_{operation}:{table_name}",
        operation=operation,
        table_name=table_name,
        record_id=record_id,
        agent_type=agent_type,
        data_size_kb=data_size_kb,
        db_status="error",
    ) as span:
        yield span
        span.set_attribute("db_status", "ok")


def trace_phase_transition(
    *,
    from_phase: str,
    to_phase: str,
    reason: str,
    phase_duration_seconds: float,
    completion_percentage: float,
) -> AbstractContextManager[LogfireSpan]:
    """A build enters its next phase; the duration is that of the phase it leaves."""
    return traced(
        "phase_transition",
        from_phase=from_phase,
        to_phase=to_phase,
        reason=reason,
        phase_duration_seconds=phase_duration_seconds,
        completion_percentage=completion_percentage,
    )


def trace_browser_check(*, criteria_count: int) -> AbstractContextManager[LogfireSpan]:
    """An app tried in a browser, by so many criteria of its list; `set_browser_check` tells how."""
    return traced("browser_check", criteria_count=criteria_count)


def set_browser_check(span: LogfireSpan, *, check_status: str, faults_count: int) -> None:
    """Tell how a `browser_check` span ended, and how many faults it found that block.

    The status is passed, faulty, unfinished, too_busy or no_browser.
    """
    set_known(span, check_status=check_status, faults_count=faults_count)


def trace_delivery(*, kind: str, parts: int, part: int = 1) -> AbstractContextManager[LogfireSpan]:
    """A message on its way out; set `delivery_status`, and `error_code` if there is one."""
    return traced(
        "delivery",
        "delivery:{kind}",
        kind=kind,
        part=part,
        parts=parts,
        delivery_status="sending",  # now, since Logfire notes no types where `end_as_of` ends it
    )


def trace_periodic_task(*, task_name: str) -> AbstractContextManager[LogfireSpan]:
    """What is done at fixed times, for no request: the root of a trace of its own.

    It is recorded if `set_done` tells of something, or it fails, takes long or logs.
    """
    return traced(PERIODIC, "periodic_task:{task_name}", task_name=task_name)


def set_done(span: LogfireSpan, things: int) -> None:
    """How many things a periodic task has found to do, and done."""
    span.set_attribute(THINGS_DONE, things)


def set_removed(rows: int) -> None:
    """How many rows the periodic task under way has removed."""
    trace.get_current_span().set_attribute("rows_removed", rows)
