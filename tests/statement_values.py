"""Every named statement of the product, and what it is typically bound with in a large database.

What a statement reads follows from whom it is about, so all values are of one user: the one with
the newest build, which is under way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import Composed
from psycopg.types.json import Jsonb

from bot.retention.kinds import KINDS
from bot.web.console.requests import KINDS as KINDS_LISTED
from bot.web.console.requests import listing_query
from telemetry.alerts import all_alerts
from telemetry.named_sql import statements
from tests.large_database import SQL as LARGE

ROOT = Path(__file__).parent.parent
LIMIT = 20  # rows that a listing shows

# Not about what is stored, but about what the database is made of.
NOT_OF_DATA = {"bot/database", "bot/sandbox", "telemetry/store"}

# Pieces of a statement that is put together; it is here in other forms.
PIECES = {
    "list_handoffs",
    "by_user_id",
    "by_request_id",
    "by_reason",
    "by_agent_type",
    "by_since",
    "by_until",
    "list_requests_by_page",
    "kind_all",
    "kind_builds",
    "kind_open",
    "kind_failed",
    "kind_stopped",
    "of_user",
    "before_place",
}

# Those that look at everything, or at all of one user, because that is what they are for.
_VERIFY = "`textcrew verify` looks at everything, when an operator asks"
_ALL_OF_USER = "it is about all that one user has"
_OF_A_PAGE = "it sums the calls of each request of a page"
_COUNTED = "it counts ten thousand rows at most"
_VERSIONS_OF_APP = "it follows the versions of one app to the first"
GROWING: dict[str, str] = {
    "bot/intake/forget_user.sql: forget_user": _ALL_OF_USER,
    "bot/model/cost_report.sql: sum_costs": _ALL_OF_USER,
    "bot/verification/promises.sql: nothing_twice": _VERIFY,
    "bot/verification/promises.sql: links_lead_somewhere": _VERIFY,
    "bot/verification/promises.sql: words_are_kept": _VERIFY,
    "bot/verification/promises.sql: budgets_are_the_ledger": _VERIFY,
    "bot/verification/promises.sql: reservations_have_calls": _VERIFY,
    "bot/verification/promises.sql: nothing_comes_back": _VERIFY,
    "bot/verification/promises.sql: jobs_of_strangers": _VERIFY,
    "bot/web/console/overview.sql: list_ended": _OF_A_PAGE,
    "bot/crew/app_so_far.sql: find_app": _VERSIONS_OF_APP,
    "bot/crew/app_so_far.sql: missing_facts": _VERSIONS_OF_APP,
    "telemetry/alerts: error_rate": "it reads the operations of a day, of all users",
    "telemetry/alerts: slow_operations": "it reads the calls of its window, of all users",
    "handoffs/costs.sql: sum_by (of all)": "`textcrew cost` without --last is the sum of all",
} | {f"bot/retention/measuring.sql: measure_{kind}": _COUNTED for kind in KINDS}
GROWING |= {
    f"bot/web/console/requests.sql: list_requests_by_page ({kind})": _OF_A_PAGE
    for kind in KINDS_LISTED
}

# Tables that do not grow with use: a row or a few, or as many as there are calls under way.
SMALL = {
    "sending_halt", "sender_pace", "reconciliation", "budget_reservation", "metric_total",
    "alert_told", "alert_told_by", "alert_recovered", "pause", "console_session",
    "procrastinate_workers", "procrastinate_jobs", "pg_class", "pg_attribute", "pg_depend",
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """A statement with typical values; `variant` tells one use of it from the others."""

    file: str  # bot/delivery/outbox.sql
    name: str
    text: LiteralString
    values: Mapping[str, Any]
    variant: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.name}" + (f" ({self.variant})" if self.variant else "")


def all_statements(connection: Connection) -> Iterator[Statement]:
    """All of the product in a database that `tests.large_database` has filled."""
    typical = _typical(connection)
    for path in sorted(ROOT.glob("*/**/*.sql")):
        file = path.relative_to(ROOT).as_posix()
        folder = path.parent.relative_to(ROOT).as_posix()
        is_ours = file.startswith(("bot/", "handoffs/", "telemetry/"))
        if not is_ours or any(folder.startswith(name) for name in NOT_OF_DATA):
            continue
        for name, text in statements(folder.replace("/", "."), path.name).items():
            if name in PIECES:
                continue
            own = typical | _of_statement(path.name, name, typical)
            for variant, more in _variants(path.name, name, text).items():
                values = own | more if _PARAMETER.search(text) else {}
                yield Statement(file, name, text, values, variant)
    for name, (query, given) in _listings(typical).items():
        text = query.as_string(connection)
        yield Statement("bot/web/console/requests.sql", "list_requests_by_page", text, given, name)
    for alert in all_alerts():
        asked = {"threshold": alert.threshold, "window": alert.window}
        yield Statement("telemetry/alerts", alert.name, alert.query, asked)


def _listings(typical: Mapping[str, Any]) -> dict[str, tuple[Composed, dict[str, Any]]]:
    """The console's list of requests, which is put together: of each kind, and of one user."""
    place = f"{typical['since'].isoformat()}~{typical['request_id']}"
    listings = {kind: listing_query(kind, user_id=None, before=place) for kind in KINDS_LISTED}
    of_one = listing_query("all", user_id=typical["user_id"], before=place)
    return listings | {"of a user": of_one}


def _typical(connection: Connection) -> dict[str, Any]:
    """Values by the names that statements give them."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(LARGE_TYPICAL).fetchone()
    assert found
    return {**CONSTANT, **found, **_of_now(found)}


def _of_now(found: Mapping[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "first_request": found["request_id"],
        "last_request": found["request_id"],
        "before": now - timedelta(days=299),
        "since": now - timedelta(days=1),
        "until": now,
        "now": now,
        "created_at": now,
        "cleared_at": now,
        "id": found["outbox_id"],
        "sid": found["provider_sid"],
        "ids": [found["outbox_id"]],
        "carrier": found["outbox_id"],
        "work_id": found["request_id"],
        "owners": [found["owner"]],
        "path": "index.html",
        "message_sids": [found["message_sid"]],
        "provider_sids": [found["provider_sid"]],
        "request_ids": [found["request_id"]],
        "project_ids": [found["project_id"]],
        "question_ids": [found["other_question_id"]],
    }


def _of_statement(file: str, name: str, typical: Mapping[str, Any]) -> dict[str, Any]:
    """What a statement gives another meaning than the others do."""
    given = {**OF_FILES.get(file, {}), **OF_STATEMENTS.get((file, name), {})}
    return {key: typical[value[1:]] if _is_name(value) else value for key, value in given.items()}


def _variants(file: str, name: str, text: str) -> dict[str, dict[str, Any]]:
    """The ways in which a statement is used: by each of its filters, and by none."""
    filters = _FILTER.findall(text)
    none: dict[str, Any] = dict.fromkeys(filters)
    ways: dict[str, dict[str, Any]] = {"": {}}
    if filters:
        ways = {"of all": none}
        ways |= {f"by {one}": {k: v for k, v in none.items() if k != one} for one in filters}
    return ways | VARIANTS.get((file, name), {})


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.startswith("=")


_PARAMETER = re.compile(r"%\(")
_FILTER = re.compile(r"%\((\w+)\)s::\w+ IS NULL")

LARGE_TYPICAL = LARGE["find_typical"]

CONSTANT: dict[str, Any] = {
    "acceptance": "[]",
    "action": "cancel",
    "agreed": [],
    "address": b"\xff",
    "address_id": "0" * 32,
    "after": 30.0,
    "agent_type": "frontend",
    "alive_only": False,
    "amount": Decimal("0.1"),
    "answer": "[]",
    "as_template": False,
    "asked_within": timedelta(minutes=30),
    "attempts": 1,
    "author_key": b"\xff",
    "awaits": "BudgetPaused",
    "blocking": 0,
    "body": "Hello",
    "buckets": [],
    "cache_creation_tokens": 1,
    "definitions": "collections.json",
    "cache_read_tokens": 1,
    "limits": [Decimal(5), Decimal(20), Decimal(50)],
    "carries": False,
    "channel": "webhook",
    "choices": None,
    "collection": "entries",
    "completion_percentage": 100.0,
    "confirmation": 10.0,
    "content": b"content",
    "content_hash": "0" * 64,
    "content_sid": "HX0",
    "content_type": "image/jpeg",
    "continuation_mode": "fresh",
    "cost_usd": Decimal("0.01"),
    "critical_percentage": 90.0,
    "data": Jsonb({}),
    "day": datetime.now(UTC).date(),
    "decision": "It counts by one.",
    "dedupe_key": "news",
    "default_answer": "red",
    "delete_job": True,
    "digits": "0" * 32,
    "document": Jsonb({}),
    "document_id": "0" * 32,
    "effort": "high",
    "error": "OSError",
    "error_code": 30003,
    "error_message": "unreachable",
    "evidence": "",
    "external_id": None,
    "external_key": None,
    "fact": "likes blue",
    "failure": None,
    "faults": [],
    "fields": b"\xff",
    "file_name": "app.png",
    "first": UUID(int=0),
    "from_attempt": 1,
    "handoff_ids": [UUID(int=0)],
    "grace": 60.0,
    "has_template": True,
    "idle_seconds": 60.0,
    "input_tokens": 1,
    "is_draft": False,
    "is_left_out": False,
    "is_number": True,
    "is_owner": False,
    "is_plain": True,
    "is_words": True,
    "kept": timedelta(days=30),
    "kept_fields": ["is_done"],
    "kept_days": 30,
    "kind": "does",
    "known_state": "ACTIVE",
    "labels": "{}",
    "lock_kind": None,
    "lasts": timedelta(hours=12),
    "language": "en",
    "last": timedelta(days=1),
    "limit": LIMIT,
    "lines": 1,
    "link_name": "AAAAAAAAAAAAAAAAAAAAAA",
    "list_hash": b"\xff",
    "lock": None,
    "longest_look": timedelta(days=99),
    "longest_wait": 10.0,
    "looks": None,
    "max_output": 1000,
    "may_be_out": True,
    "may_pass": True,
    "message": "a counter with blue buttons",
    "message_type": "text",
    "milliseconds": 1000,
    "minutes": 15,
    "model": "claude-sonnet-5-5",
    "model_window": 1000,
    "most_bytes": 5_000_000,
    "most_files": 100,
    "most": LIMIT,
    "name": "error_rate",
    "news": "3 files",
    "occupancy": 1,
    "opening": "[]",
    "operation": "turn",
    "operator": "kim",
    "opinion": "{}",
    "options": ["red"],
    "outcome": "passed",
    "output_tokens": 1,
    "pages": 2,
    "pair_interval": 6.0,
    "parts": ["Hello"],
    "paths": ["papers/menu.pdf"],
    "per_second": 10.0,
    "phase": "review",
    "picture": None,
    "plan": Jsonb({}),
    "platform": "whatsapp",
    "position": 2,
    "priority": None,
    "project": 1,
    "proven": [1],
    "put_down_for": "BudgetPaused",
    "question": "Which?",
    "queue": None,
    "reason": "task_complete",
    "recovery": None,
    "replaces": [],
    "report": "{}",
    "request_text": "a counter",
    "request_type": "build",
    "result": "{}",
    "results": "[]",
    "retry_in": timedelta(seconds=1),
    "says": "Tomato soup 4.50",
    "schema": None,
    "schema_version": 2,
    "scope": "user_day",
    "short_of": "user_day",
    "score": 8,
    "screen": "desktop",
    "seconds": 60.0,
    "in_vain": 1,
    "end": "delivered",
    "began_at": datetime(2026, 1, 1, tzinfo=UTC),
    "sent_at": None,
    "server": "outside",
    "session_id": UUID(int=0),
    "service": "Netlify",
    "share_key": b"\xff",
    "silence": 60.0,
    "site_token": "token",
    "size": 1,
    "size_kb": 1.0,
    "source": "message",
    "source_language": "en",
    "span_id": "0" * 16,
    "spent": Decimal("0.01"),
    "state": "queued",
    "status": "completed",
    "stop_reason": "end_turn",
    "subject": "0a1b",
    "suffix": "xxxxxx",
    "system": "You are",
    "thinking_tokens": 1,
    "times": 3,
    "title": "Counter",
    "tokens_used": 1,
    "tool": "look_up",
    "tool_use_id": "toolu_2",
    "tools": "[]",
    "trace_id": "0" * 32,
    "turn": 1,
    "types": ["html", "css"],
    "url": "https://app.netlify.app",
    "value": 1.0,
    "wants_polish": False,
    "what": "intake",
    "warning_percentage": 80.0,
    "with_body": False,
    "with_events": True,
    "with_statements": True,
    "within": timedelta(minutes=10),
    "words": "it counts",
    "workflow": "full_build",
    "working_budget": 1000,
    "works": True,
}

# A value that begins with = is that of another name.
OF_FILES: dict[str, dict[str, Any]] = {
    "job_manager.sql": {"id": "=job_id", "status": "succeeded"},
    "external_calls.sql": {"status": "ok", "agent_id": "=agent_id"},
}
OF_STATEMENTS: dict[tuple[str, str], dict[str, Any]] = {
    ("accept.sql", "accept_message"): {"request_id": uuid4(), "message_sid": "SMnew"},
    ("batching.sql", "was_told_lately"): {"kind": "reply"},
    ("trials.sql", "keep_view"): {"list_hash": sha256(b"list").digest()},
    ("builds.sql", "create_build"): {"request_id": "=other_request_id"},
    ("change_requests.sql", "add_change"): {
        "request_id": "=other_request_id",
        "size": "looks",
    },
    ("retry.sql", "move_words"): {"beside": "=other_request_id"},
    ("lifecycle.sql", "store_answer"): {"number": 99},
    ("change_requests.sql", "enlarge"): {"size": "looks"},
    ("clarification.sql", "note_doubt"): {"kind": "change"},
    ("costs.sql", "sum_by"): {"by": "user"},
    ("documents.sql", "list_documents"): {"after": ""},
    ("history.sql", "fill_workspace"): {"project_id": "=other_project_id"},
    ("lifecycle.sql", "copy_turns"): {"agent_id": "=third_agent_id"},
    ("lifecycle.sql", "raise_threshold"): {"threshold": "WARNING"},
    ("audit.sql", "list_acts"): {"id": "0a1b"},
    ("listing.sql", "retry_failed"): {"id": "=job_id"},
    ("recipients.sql", "suppress_contact"): {"reason": "blocked"},
    ("listing.sql", "list_agents"): {"state": "ACTIVE", "reason": "error"},
    ("listing.sql", "list_jobs"): {"status": "failed", "queue": "conversation"},
    ("workspace.sql", "put_file"): {"sha256": "=file_sha256"},
    ("search.sql", "find_by_uuid"): {"first": UUID(int=0), "last": UUID(int=2**96)},
    ("status.sql", "note_late_arrival"): {"status": "read"},
    ("status.sql", "note_status"): {"status": "read"},
    ("replies.sql", "was_just_told"): {"kind": "reply"},
    ("documents.sql", "list_definitions"): {"before": 3},
    ("status_polling.sql", "find_unconfirmed"): {"after": 60.0, "within": 86400.0},
    ("store.sql", "find_between"): {"first": UUID(int=0), "last": UUID(int=2**96)},
    ("store.sql", "insert_handoff"): {
        "handoff_id": uuid4(),
        "source_agent_id": "=lone_agent_id",
        "target_agent_id": "=other_agent_id",
    },
    ("audit.sql", "list_acts_about"): {"last": LIMIT},
    ("id_lookup.sql", "find_requests"): {"first": UUID(int=0), "last": UUID(int=2**96)},
    ("held.sql", "release_held"): {"queue": "held"},
    ("user_lookup.sql", "find_by_id"): {"first": "0" * 32, "last": "0" * 31 + "f"},
    ("resending.sql", "queue_again"): {"attempts": 10},
    ("projects.sql", "find_project_ids"): {"first": UUID(int=0), "last": UUID(int=2**96)},
    ("versions.sql", "add_version"): {"version_token": "new"},
    ("versions.sql", "add_version_files"): {"project_id": "=other_project_id", "number": 3},
}
VARIANTS: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
