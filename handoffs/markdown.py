"""A handoff document as Markdown, for operators who read along."""

from collections.abc import Iterable

from handoffs.document import HandoffDocument, WorkItem


def to_markdown(document: HandoffDocument) -> str:
    """The whole document; parts that are empty are left out."""
    target = document.target_agent.agent_id if document.target_agent else "nobody yet"
    parts = [
        f"# Handoff {document.source_agent.agent_id} → {target}",
        _table(_overview(document)),
        _section("The user's words", _messages(document.messages)),
        _section("Task", document.task_description),
        _section(
            "Decisions (closed)",
            _list(f"{one.decision} — {one.reason} ({one.made_by})" for one in document.decisions),
        ),
        _section(
            "Rejected alternatives",
            _list(f"{one.alternative} — {one.reason}" for one in document.rejected_alternatives),
        ),
        _section("Work items", _list(map(_item, document.todo_list))),
        _section("Work in progress", document.work_in_progress),
        _section(
            "Files",
            _list(
                f"`{file.path}` — {file.lines} lines, {file.size_bytes} bytes, {file.sha256[:12]}"
                for file in document.work_completed
            ),
        ),
        _section("Constraints", _list(document.constraints)),
        _section("Assumptions", _list(document.assumptions)),
        _section(
            "Worked from",
            "\n\n".join(
                f"{part.name} by {part.made_by}:\n\n{_quoted(part.content)}"
                for part in document.upstream_dependencies
            ),
        ),
        _section(
            "Needed by",
            _list(f"{one.agent_type}: {one.needs}" for one in document.downstream_consumers),
        ),
        _section("Known faults", _list(document.known_faults)),
        _section(
            "Failed attempts",
            _list(f"{one.attempt} — {one.outcome}" for one in document.failed_attempts),
        ),
        _section("Last check", _last_check(document)),
        _section(
            "Errors",
            _list(f"turn {one.turn}, {one.source}: {one.message}" for one in document.errors),
        ),
        _section("Tools", _list(_tool_lines(document))),
        _section("Quality", _list(f"{k}: {v:g}" for k, v in document.quality_metrics.items())),
        _section("Tokens", _table(_tokens(document))),
        _section("Held to", _list(document.validation_rules)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _overview(document: HandoffDocument) -> dict[str, object]:
    progress = document.progress
    return {
        "handoff": document.handoff_id,
        "request": document.request_id,
        "trace": document.trace_id,
        "user": document.user_id,
        "platform": document.platform,
        "project": document.project.title if document.project else "none",
        "workflow": document.workflow or "none",
        "phase": progress.phase,
        "reason": document.reason,
        "created": f"{document.created_at:%Y-%m-%d %H:%M:%S %Z}",
        "progress": f"{progress.items_closed} of {progress.items_total} items"
        f" ({progress.completion_percentage:g} %)",
        "chain": " → ".join(document.chain),
        "schema version": document.schema_version,
    }


def _tokens(document: HandoffDocument) -> dict[str, object]:
    record = document.token_usage
    unpriced = f", {record.unpriced_calls} calls unpriced" if record.unpriced_calls else ""
    return {
        "context": f"{record.occupancy} of the {record.working_budget} working budget"
        f" ({record.usage_percentage:g} %)",
        "spent": f"{record.total_tokens} in {record.calls} calls",
        "input, output": f"{record.input_tokens}, {record.output_tokens}",
        "cache written, read": f"{record.cache_creation_tokens}, {record.cache_read_tokens}",
        "cost": f"${record.known_cost_usd}{unpriced}",
    }


def _tool_lines(document: HandoffDocument) -> list[str]:
    state = document.tool_state
    lines = [f"{name}: {count}" for name, count in state.calls.items()]
    if state.last_tool:
        lines.append(f"last: {state.last_tool}")
    if state.unanswered:
        lines.append(f"without a result: {', '.join(state.unanswered)}")
    return lines


def _last_check(document: HandoffDocument) -> str:
    if document.last_check is None:
        return ""
    when = "Of these files" if document.last_check.is_current else "Before the files changed"
    return f"{when}:\n\n{_quoted(document.last_check.result)}"


def _messages(messages: Iterable[str]) -> str:
    return "\n\n".join(map(_quoted, messages))


def _item(item: WorkItem) -> str:
    files = f" ({', '.join(f'`{path}`' for path in item.files)})" if item.files else ""
    return f"[{'x' if item.passes else ' '}] {item.number}. {item.description}{files}"


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_indented(line)}" for line in lines)


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _table(rows: dict[str, object]) -> str:
    cells = [f"| {name} | {_in_a_cell(str(value))} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *cells])


def _in_a_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
