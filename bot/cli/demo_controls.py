"""What the stage's buttons do to the running demo: its worker, and the two stand-ins."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from threading import RLock, Thread

import httpx2

from bot.cli.processes import Program, ProgramGroup
from bot.jobs.timings import USUAL
from bot.sandbox.twilio.broker import Broker
from bot.sandbox.twilio.faults import TwilioFault
from bot.settings.groups import settings_from

WORKER_COMMAND = [sys.executable, "-m", "bot.cli.main", "worker"]
# Seconds before an answer and between two pieces of it, as those of a real model.
CLAUDES_PACE = {"before": 1.3, "chunk": 0.05}
AT_ONCE = {"before": 0.0, "chunk": 0.0}
BROKEN_CALL = {"fault": "overloaded_mid_stream", "times": 1}


class DemoControls:
    """The demo's worker and its stand-ins. Safe for threads."""

    def __init__(
        self,
        programs: ProgramGroup,
        environment: Mapping[str, str],
        *,
        claude_url: str | None,
        memory: int | None,
    ) -> None:
        """Without `claude_url` the model is Claude; `memory` is tokens an agent."""
        self._programs = programs
        self._environment = dict(environment)
        self._claude_url = claude_url
        self._memory = memory
        self._has_real_pace = False
        self._is_model_armed = False
        self._changing = RLock()
        self._is_over = False
        self._broker: Broker | None = None

    def attach_twilio(self, broker: Broker) -> None:
        """Tell which one it is, once it is there."""
        self._broker = broker

    def start_worker(self) -> None:
        """Start the worker, with the memory that agents have now."""
        with self._changing:
            if self._is_over:
                return
            memory = self._memory
            more = {"WORKING_BUDGET_TOKENS": str(memory)} if memory is not None else {}
            self._programs.start("worker", WORKER_COMMAND, more)

    def close(self) -> None:
        """Start no worker any more: the demo stops, perhaps in the middle of a restart."""
        with self._changing:
            self._is_over = True

    def ended(self) -> Program | None:
        """A program that has ended, and not because of us."""
        with self._changing:
            return self._programs.ended()

    def kill_worker(self) -> None:
        with self._changing:
            self._programs.kill("worker")
            self.start_worker()

    @property
    def silence_seconds(self) -> float:
        return USUAL.stall

    def set_memory(self, tokens: int | None) -> None:
        self._memory = tokens
        Thread(target=self._restart_worker, name="restart", daemon=True).start()

    @property
    def memory(self) -> int | None:
        return self._memory

    def _restart_worker(self) -> None:
        with self._changing:
            if self._is_over:
                return
            self._programs.stop_one("worker")
            self.start_worker()

    def lose_webhook(self, address: str) -> None:
        lost = TwilioFault(when="before", operation="webhook", to=address, drop=True)
        self._twilio.faults.add([lost])

    def is_webhook_pending(self, address: str) -> bool:
        pending = self._twilio.faults.pending()
        return any(f.operation == "webhook" and f.to == address for f in pending)

    def catch_up(self) -> None:
        Thread(target=self._catch_up, name="catch up", daemon=True).start()

    def _catch_up(self) -> None:
        """What `textcrew reconcile` does."""
        from bot.intake.reconcile import catch_up  # here: only who loses a webhook waits for it
        from bot.twilio.client import TwilioGateway

        settings = settings_from(self._environment)
        twilio = TwilioGateway(settings.twilio, settings.web)
        try:
            catch_up(settings, twilio, grace=timedelta(0))
        finally:
            twilio.close()

    def close_window(self, address: str) -> None:
        self._twilio.close_window(address)

    def is_window_closed(self, address: str) -> bool:
        return self._twilio.is_window_closed(address)

    @property
    def _twilio(self) -> Broker:
        assert self._broker is not None  # the stage is its page
        return self._broker

    @property
    def uses_claude(self) -> bool:
        return self._claude_url is None

    def fail_model(self) -> None:
        self._ask_stand_in("/faults", [BROKEN_CALL])
        self._is_model_armed = True

    def is_failure_pending(self) -> bool:
        if self._is_model_armed:
            self._is_model_armed = bool(self._ask_stand_in("/faults"))
        return self._is_model_armed

    def set_pace(self, *, is_real: bool) -> None:
        self._ask_stand_in("/delay", CLAUDES_PACE if is_real else AT_ONCE)
        self._has_real_pace = is_real

    @property
    def has_real_pace(self) -> bool:
        return self._has_real_pace

    def _ask_stand_in(self, path: str, body: object = None) -> object:
        method = "GET" if body is None else "POST"
        url = f"{self._claude_url}{path}"
        return httpx2.request(method, url, json=body, timeout=5).raise_for_status().json()
