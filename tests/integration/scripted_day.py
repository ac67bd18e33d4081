"""A day of traffic with known numbers, told by the product's own spans into the record store.

Run as a process: `python -m tests.integration.scripted_day DATABASE_URL BEGIN`, where BEGIN is the
second since 1970 at which it begins. Time goes by as the script says, and the process dies in it.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

import logfire

import telemetry
from bot.errors import WaitsForUser
from telemetry import events, root, spans, tracing
from telemetry.root import Root, emit, open_root
from telemetry.store import RecordStore

ANNA, BERT, CLEO = "a" * 32, "b" * 32, "c" * 32
SONNET, HAIKU, HOUSE = "claude-sonnet-5-5", "claude-haiku-5-5", "house-model-1"


class KnownAgent(TypedDict):
    """What is told of an agent wherever it is named."""

    agent_id: str
    agent_type: str
    version: int


class Clock:
    """What time it is, in nanoseconds since 1970."""

    def __init__(self, second: int) -> None:
        self._now = second * 10**9

    def nanoseconds(self) -> int:
        return self._now

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self._now / 1e9, UTC)

    def go_on(self, seconds: float) -> None:
        self._now += round(seconds * 1000) * 10**6


class Day:
    """The script; each method is one thing that happens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0

    @contextmanager
    def request(self, user_id: str, *, status: str, crashes: bool = False) -> Iterator[None]:
        self._number += 1
        request_id, project_id = str(UUID(int=self._number)), str(UUID(int=100 + self._number))
        opened = Root(
            trace_id=f"{self._number:032x}",
            span_id=f"{self._number:016x}",
            started_at=self._clock.moment(),
        )
        attributes = {"user_id": user_id, "request_id": request_id, "platform": "whatsapp"}
        open_root(opened, attributes)
        with root.trace_user_request(
            opened,
            user_id=user_id,
            request_id=request_id,
            project_id=project_id,
            conversation_id=str(UUID(int=200 + self._number)),
        ):
            self.call("router", None, HAIKU, input_tokens=400, output_tokens=10, cost="0.0005")
            yield
        if not crashes:
            emit(
                opened,
                ended_at=self._clock.moment(),
                attributes={**attributes, "request_type": "build", "request_status": status},
                error="the request failed" if status == "failed" else None,
            )

    @contextmanager
    def workflow(self, kind: str) -> Iterator[None]:
        with spans.trace_workflow(
            workflow_type=kind,
            agents_needed=["designer", "frontend"],
            ai_reasoning="because",
            estimated_complexity="simple",
            estimated_steps=3,
        ):
            yield

    @contextmanager
    def agent(
        self, name: str, *, mode: str = "fresh", ends: str = "task_completed", tokens: int = 0
    ) -> Iterator[None]:
        agent_type, _, version = name.partition("_v")
        known: KnownAgent = {
            "agent_id": name,
            "agent_type": agent_type,
            "version": int(version[0]),
        }
        with spans.trace_agent_spawn(agent_type=agent_type, continuation_mode=mode):
            events.agent_spawned(**known, continuation_mode=mode)
        with (
            spans.trace_agent_lifecycle(**known, state="ACTIVE"),
            spans.trace_agent_task_execution(
                agent_id=name,
                agent_type=agent_type,
                task_type=f"{agent_type} work",
                task_description="some work",
            ),
        ):
            self.move(name, "INITIALIZING", "ACTIVE")
            yield
            self.move(name, "ACTIVE", "TERMINATED")
            events.agent_terminated(
                **known, termination_reason=ends, lifetime_seconds=1.0, total_tokens_used=tokens
            )

    def move(self, agent_id: str, old: str, new: str) -> None:
        agent_type = agent_id.partition("_v")[0]
        events.state_transition(
            agent_id=agent_id, agent_type=agent_type, from_state=old, to_state=new
        )

    def call(
        self,
        agent_type: str,
        agent_id: str | None,
        model: str,
        *,
        cost: str | None,
        input_tokens: int = 0,
        output_tokens: int = 0,
        cache_read_tokens: int = 0,
        seconds: float = 2.0,
        crossed: str | None = None,
    ) -> None:
        with spans.trace_token_usage(
            agent_type=agent_type,
            agent_id=agent_id,
            operation_name="send_message" if agent_id else "route",
        ) as span:
            self._clock.go_on(seconds)
            span.set_attribute("model", model)
            spans.set_token_usage(
                span,
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                cache_creation_tokens=0,
                cache_read_tokens=cache_read_tokens,
                thinking_tokens=0,
                cost_usd=None if cost is None else Decimal(cost),
                usage_percentage=10.0,
            )
            if crossed and agent_id:
                with spans.trace_threshold_event(
                    agent_id=agent_id,
                    agent_type=agent_type,
                    threshold_type=crossed,
                    token_usage=150_000,
                    usage_percentage=75.0,
                    tokens_remaining=50_000,
                    action_taken="told the person",
                ):
                    pass

    @contextmanager
    def handoff(self, source: str, target: str, *, percentage: float, kb: float) -> Iterator[None]:
        handoff_id = str(UUID(int=300 + self._number))
        with spans.trace_agent_handoff(
            source_agent_id=source,
            agent_type=source.partition("_v")[0],
            target_agent_id=target,
            handoff_id=handoff_id,
            trace_id=f"{self._number:032x}",
            termination_reason="context_window_exhausted",
            completion_percentage=percentage,
            tokens_used=150_000,
        ):
            with spans.trace_handoff_document(handoff_id=handoff_id) as span:
                spans.set_handoff_document(
                    span,
                    document_size_kb=kb,
                    categories_included=["decisions"],
                    decisions_count=4,
                    todos_count=2,
                    errors_count=0,
                )
            with spans.trace_database_operation(
                operation="save", table_name="agent_handoff", record_id=handoff_id
            ):
                self._clock.go_on(0.25)
            yield

    def load(self, agent_type: str) -> None:
        with spans.trace_database_operation(
            operation="load", table_name="agent_handoff", record_id="h", agent_type=agent_type
        ):
            self._clock.go_on(0.125)

    def phase(self, old: str, new: str) -> None:
        with spans.trace_phase_transition(
            from_phase=old,
            to_phase=new,
            reason="next",
            phase_duration_seconds=1.0,
            completion_percentage=50.0,
        ):
            pass

    def deliver(self, kind: str, *, ends: str = "sent", error_code: int | None = None) -> None:
        with spans.trace_delivery(kind=kind, parts=1) as span:
            self._clock.go_on(0.5)
            span.set_attribute("delivery_status", ends)
            if error_code is not None:
                span.set_attribute("error_code", error_code)
                tracing.mark_failed(span, "the message failed")

    def wait(self, seconds: float) -> None:
        self._clock.go_on(seconds)


def play(day: Day, die: Callable[[], None]) -> None:
    """Three builds that go well or not, a change that fails, a talk, and a crash at the end."""
    # 1: a build that outgrows its context, with two rounds of review. 48.75 s, $0.5505
    with day.request(ANNA, status="completed"):
        with day.workflow("full_build"):
            with day.agent("designer_v1_a", tokens=1_500):
                day.call("designer", "designer_v1_a", SONNET, input_tokens=1_000,
                         output_tokens=500, cost="0.05")  # fmt: skip
            day.phase("design", "implementation")
            with day.agent("frontend_v1_a", ends="context_window_exhausted", tokens=9_000):
                day.call("frontend", "frontend_v1_a", SONNET, input_tokens=1_000,
                         output_tokens=2_000, cache_read_tokens=6_000, cost="0.30", seconds=31,
                         crossed="warning")  # fmt: skip
            with day.handoff("frontend_v1_a", "frontend_v2_a", percentage=60.0, kb=12.5):
                pass
            with day.agent("frontend_v2_a", mode="handoff", tokens=5_000):
                day.call("frontend", "frontend_v2_a", SONNET, input_tokens=2_000,
                         output_tokens=1_000, cache_read_tokens=2_000, cost="0.20")  # fmt: skip
            day.phase("implementation", "review")
            for version in (1, 2):
                with day.agent(f"code_reviewer_v{version}_a"):
                    day.wait(3)
                scores = {"design": 2 * version, "originality": 3, "craft": 4, "function": 5}
                events.round_judged(
                    round=version,
                    outcome="faulty" if version == 1 else "passed",
                    blocking=2 - version,
                )
                events.looks_judged(round=version, wants_polish=version == 1, scores=scores)
            day.phase("review", "deployment")
            with day.agent("devops_v1_a"):
                day.wait(1)
            day.phase("deployment", "completed")
        day.deliver("published", ends="queued")  # nobody answers: it is tried again
        day.deliver("published")
        day.load("frontend")
        day.wait(2.875)

    day.wait(3600)

    # 2: a change that fails with an error of its agent, and a message that cannot be delivered.
    with day.request(BERT, status="failed"):
        try:
            with day.workflow("bug_fix"), day.agent("frontend_v1_b", ends="error"):
                day.call("frontend", "frontend_v1_b", SONNET, input_tokens=500,
                         output_tokens=100, cost="0.01")  # fmt: skip
                raise RuntimeError("the agent went wrong")
        except RuntimeError:
            pass
        day.deliver("failed", ends="failed", error_code=63016)

    # 3: a build by a model of unknown price that comes to deployment and is then stopped.
    # Between two stretches it waits for its user. QA has agreed on a list before it judges it.
    with day.request(CLEO, status="stopped"):
        with suppress(WaitsForUser), day.workflow("full_build"):
            with day.agent("frontend_v1_c"):
                day.call("frontend", "frontend_v1_c", HOUSE, input_tokens=700, output_tokens=300,
                         cost=None)  # fmt: skip
            with day.agent("qa_v1_c"):
                pass
            raise WaitsForUser
        day.wait(2)
        with day.workflow("full_build"):
            with day.agent("qa_v2_c"):
                pass
            events.round_judged(round=1, outcome="passed", blocking=0)
            day.phase("review", "deployment")
            day.wait(3)

    # 4: plain talk.
    with day.request(ANNA, status="completed"):
        day.deliver("reply")

    # 5: a build whose process dies.
    with ExitStack() as open_spans:
        open_spans.enter_context(day.request(BERT, status="working", crashes=True))
        open_spans.enter_context(day.workflow("full_build"))
        day.wait(2)
        die()


def main() -> None:
    url, begin = sys.argv[1], int(sys.argv[2])
    store = RecordStore(lambda: url)
    telemetry.configure(
        service_role="worker",
        environment="development",
        version="1.2.3",
        logfire_token=None,
        sends=True,
        span_processors=[store.span_processor],
        metric_readers=[store.metric_reader()],
    )
    clock = Clock(begin)
    logfire.DEFAULT_LOGFIRE_INSTANCE.config.advanced.ns_timestamp_generator = clock.nanoseconds

    def die() -> None:
        assert telemetry.flush(10)
        os.kill(os.getpid(), signal.SIGKILL)

    play(Day(clock), die)


if __name__ == "__main__":
    main()
