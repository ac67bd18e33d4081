"""Each span, event and metric that `telemetry` declares: where it stands, and what it tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BOUND = {"user_id", "request_id", "conversation_id"}
ANY = object()


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the design's table. `declared` is the function or name in `telemetry`.

    `parents` are names, one of which the span is below; `attributes` are required, with these
    values unless they are ANY.
    """

    declared: str
    name: str
    message: str | None = None
    parents: set[str | None]
    attributes: Mapping[str, object] = field(default_factory=dict)


def any_of(*names: str) -> dict[str, object]:
    return dict.fromkeys(names, ANY)


SPANS = [
    Row(
        declared="trace_user_request",
        name="user_request",
        parents={None},
        attributes={
            **any_of("user_id", "request_length", "request_cost_usd", "project_id"),
            "platform": "whatsapp",
            "request_type": "build",
            "request_status": "completed",
        },
    ),
    *(
        Row(
            declared="trace_workflow",
            name=f"workflow:{workflow}",
            message=f"workflow:{workflow}",
            parents={"user_request"},
            attributes={
                **any_of("agents_needed", "estimated_complexity", "estimated_steps"),
                "workflow_type": workflow,
                "ai_reasoning": "withheld",
            },
        )
        for workflow in ("full_build", "bug_fix")
    ),
    Row(
        declared="trace_periodic_task",
        name="periodic_task",
        message="periodic_task:forget",
        parents={None},
        attributes={"task_name": "forget", "things_done": 1},
    ),
    Row(
        declared="trace_agent_lifecycle",
        name="agent_lifecycle",
        message="agent_lifecycle:designer_v1",
        parents={"workflow:full_build"},
        attributes={
            **any_of("agent_id"),
            "agent_type": "designer",
            "version": 1,
            "state": "TERMINATED",
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "designer",
            **any_of("gen_ai.agent.id", "gen_ai.conversation.id", "session_id"),
        },
    ),
    Row(
        declared="trace_agent_spawn",
        name="agent_spawn",
        parents={"user_request"},
        attributes={
            **any_of("agent_id"),
            "agent_type": "orchestrator",
            "version": 1,
            "continuation_mode": "fresh",
        },
    ),
    Row(
        declared="trace_agent_spawn",
        name="agent_spawn",
        parents={"agent_handoff"},
        attributes={
            **any_of("agent_id", "handoff_id", "predecessor_agent_id"),
            "agent_type": "frontend",
            "version": 2,
            "continuation_mode": "handoff",
        },
    ),
    Row(
        declared="trace_agent_task_execution",
        name="agent_task_execution",
        message="agent_task_execution:implement",
        parents={"agent_lifecycle"},
        attributes={
            **any_of("agent_id"),
            "agent_type": "frontend",
            "task_type": "implement",
            "task_description": "Write or change the files so that the app does what the user"
            " asked for.",
        },
    ),
    Row(
        declared="Research & Planning Phase",
        name="Research & Planning Phase",
        parents={"agent_task_execution"},
        attributes=any_of("research_topics_count", "plan_components_count"),
    ),
    Row(
        declared="Execution Phase",
        name="Execution Phase",
        parents={"agent_task_execution"},
        attributes={
            "execution_type": "design",
            "execution_completed": True,
            "result_keys_count": 12,
        },
    ),
    Row(
        declared="trace_token_usage",
        name="token_usage",
        message="token_usage:send_message",
        parents={"Execution Phase"},
        attributes={
            **any_of("agent_id", "input_tokens", "output_tokens", "cache_creation_tokens"),
            **any_of("cache_read_tokens", "total_tokens", "usage_percentage", "operation.cost"),
            **any_of("remaining_tokens", "gen_ai.usage.total_tokens", "gen_ai.conversation.id"),
            "agent_type": "frontend",
            "gen_ai.agent.name": "frontend",
            "operation_name": "send_message",
            "threshold_status": "OK",
        },
    ),
    Row(
        declared="trace_token_usage",
        name="token_usage",
        message="token_usage:route",
        parents={"user_request"},
        attributes={**any_of("total_tokens", "operation.cost"), "agent_type": "router"},
    ),
    Row(
        declared="trace_transcription",
        name="transcribe",
        parents={"user_request"},
        attributes={
            **any_of("audio_bytes", "total_tokens"),
            "agent_type": "transcriber",
            "operation_name": "transcribe",
            "model": "whisper-1",
            "audio_seconds": 2.0,
            "transcription_status": "clear",
            "operation.cost": 0.0002,
        },
    ),
    *(
        Row(
            declared="trace_threshold_event",
            name=f"agent_threshold:{threshold}",
            message=f"agent_threshold:{threshold}",
            parents={"token_usage", "Execution Phase"},
            attributes={
                **any_of("token_usage", "usage_percentage", "tokens_remaining", "action_taken"),
                **any_of("agent_id", "agent_type"),
                "threshold_type": threshold,
            },
        )
        for threshold in ("warning", "critical")
    ),
    Row(
        declared="trace_agent_handoff",
        name="agent_handoff",
        parents={"Execution Phase"},
        attributes={
            **any_of("source_agent_id", "target_agent_id", "handoff_id", "trace_id"),
            **any_of("completion_percentage", "tokens_used"),
            "agent_type": "frontend",
            "termination_reason": "context_window_exhausted",
        },
    ),
    *(
        Row(
            declared="trace_agent_brief",
            name="agent_brief",
            message=f"agent_brief:{target}",
            parents={"Execution Phase"},
            attributes={
                **any_of("source_agent_id", "target_agent_id", "handoff_id", "trace_id"),
                **any_of("tokens_used"),
                "agent_type": source,
                "target_agent_type": target,
            },
        )
        for source, target in (
            ("orchestrator", "designer"),
            ("designer", "frontend"),
            ("frontend", "devops"),
        )
    ),
    Row(
        declared="trace_handoff_document",
        name="handoff_document",
        parents={"agent_handoff"},
        attributes=any_of(
            "handoff_id",
            "document_size_kb",
            "categories_included",
            "decisions_count",
            "todos_count",
            "errors_count",
        ),
    ),
    Row(
        declared="trace_database_operation",
        name="database_save:agent_handoff",
        parents={"agent_handoff"},
        attributes={
            **any_of("record_id", "data_size_kb"),
            "agent_type": "frontend",
            "table_name": "agent_handoff",
            "operation": "save",
            "db_status": "ok",
        },
    ),
    Row(
        declared="trace_phase_transition",
        name="phase_transition",
        parents={"workflow:full_build"},
        attributes={
            **any_of("reason", "phase_duration_seconds", "completion_percentage"),
            "from_phase": "design",
            "to_phase": "implementation",
        },
    ),
    Row(
        declared="trace_mcp_tool",
        name="mcp_tool:deploy_site",
        parents={"Execution Phase"},
        attributes={
            **any_of("agent_id", "gen_ai.tool.call.id"),
            "tool_name": "deploy_site",
            "server": "hosting",
            "result_status": "ok",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "deploy_site",
            "gen_ai.tool.type": "extension",
        },
    ),
    Row(
        declared="trace_tool",
        name="execute_tool write_file",
        parents={"Research & Planning Phase", "Execution Phase"},
        attributes={
            **any_of("agent_id", "gen_ai.tool.call.id"),
            "agent_type": "frontend",
            "tool_name": "write_file",
            "result_status": "ok",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "write_file",
            "gen_ai.tool.type": "function",
        },
    ),
    Row(
        declared="trace_delivery",
        name="delivery",
        message="delivery:published",
        parents={"user_request"},
        attributes={"kind": "published", "part": 1, "parts": 1, "delivery_status": "delivered"},
    ),
]

EVENTS = [
    Row(
        declared="agent_research_completed",
        name="agent_research_completed",
        parents={"Research & Planning Phase"},
        attributes={
            **any_of("agent_id", "research_topics_count", "plan_components_count"),
            "agent_type": "frontend",
        },
    ),
    Row(
        declared="agent_spawned",
        name="agent_spawned",
        parents={"agent_spawn"},
        attributes={
            **any_of("agent_id", "agent_type", "version"),
            "continuation_mode": "handoff",
        },
    ),
    Row(
        declared="agent_terminated",
        name="agent_terminated",
        parents={"agent_handoff"},
        attributes={
            **any_of("agent_id", "version", "tokens_used", "total_tokens_used"),
            **any_of("lifetime_seconds"),
            "agent_type": "frontend",
            "termination_reason": "context_window_exhausted",
        },
    ),
    Row(
        declared="agent_terminated",
        name="agent_terminated",
        parents={"Execution Phase"},
        attributes={"agent_type": "devops", "termination_reason": "task_completed"},
    ),
    Row(
        declared="handoff_saved",
        name="handoff_saved",
        parents={"database_save:agent_handoff"},
        attributes={
            **any_of("handoff_id", "database_id", "source_agent_id", "data_size_kb"),
            "agent_type": "frontend",
        },
    ),
    Row(
        declared="round_judged",
        name="round_judged",
        parents={"workflow:full_build"},
        attributes={"round": 1, "outcome": "untried", "blocking": 0},
    ),
    Row(
        declared="state_transition",
        name="state_transition",
        parents={"token_usage"},
        attributes={
            **any_of("agent_id", "agent_type"),
            "from_state": "INITIALIZING",
            "to_state": "ACTIVE",
        },
    ),
]

METRICS: dict[str, dict[str, object]] = {
    "requests_refused_total": {"route": "/metrics", "status": "401"},
    "wrong_passwords_total": {"route": "/metrics"},
    "agent_invocations_total": {"agent_type": "designer", "outcome": "completed"},
    "agent_invocation_duration_seconds": {"agent_type": "frontend", "outcome": "completed"},
    "handoff_validations_total": {"outcome": "passed"},
    "supervisor_tasks_total": {"task_type": "publish", "outcome": "completed"},
    "context_compilation_duration_seconds": {"agent_type": "orchestrator"},
    "agent_response_time": {"agent_type": "frontend", "model": ANY},
    "tokens_used": {"agent_type": "frontend", "model": ANY, "token_type": "output"},
    "gen_ai.client.token.usage": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": ANY,
        "gen_ai.token.type": "input",
    },
    "request_cost_usd": {"request_type": "build"},
    "state_transitions": {
        "agent_type": "frontend",
        "from_state": "HANDOFF_PENDING",
        "to_state": "HANDOFF_COMPLETE",
    },
}


ONLY_IN_A_BROWSER = {"looks_judged", "trace_browser_check"}
"""An app is tried, and its pictures are judged, where there is a browser: see `test_looks`."""

ONLY_IN_TROUBLE = {"records_lost_total"}
"""Counted when the record store loses something, which its own tests bring about."""
