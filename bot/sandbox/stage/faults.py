"""What a visitor may break at a click, and what the product does about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Literal

from bot.sandbox.stage.controls import Controls
from bot.sandbox.stage.figures import counted, took
from bot.sandbox.stage.reading import Aftermath, CallRow, Facts

FaultName = Literal["worker", "webhook", "model", "window"]
SPOKEN_FOR = 60.0  # seconds that the end of a fault is told for
OF_SOMEBODY_ELSE = 15.0  # seconds after which a broken call that is not this user's is another's
REFUSAL = 63016  # Twilio's code for a message outside of the window


@dataclass(kw_only=True)
class Fault:
    """One that was asked for: when, by the database's clock, and for whom."""

    name: FaultName
    at: datetime
    address: str
    used_at: datetime | None = None
    is_over: bool = False
    told: str = ""

    def is_told(self, now: datetime) -> bool:
        """Whether it still says something to the visitor."""
        return not self.is_over or (now - (self.used_at or self.at)).total_seconds() < SPOKEN_FOR


class Faults:
    """What was asked for last of each kind, for each user. Safe for threads."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._lock = Lock()
        self._faults: dict[tuple[str, FaultName], Fault] = {}

    def cause(self, name: FaultName, address: str, at: datetime) -> None:
        """Break it, for the user at that address. `at` is the database's time."""
        match name:
            case "worker":
                self._controls.kill_worker()
            case "webhook":
                self._controls.lose_webhook(address)
            case "model":
                self._controls.fail_model()
            case "window":
                self._controls.close_window(address)
        with self._lock:
            self._faults[address, name] = Fault(name=name, at=at, address=address)

    def armed(self, address: str) -> Sequence[FaultName]:
        """What is still to happen, or goes on."""
        pending: dict[FaultName, bool] = {
            "webhook": self._controls.is_webhook_pending(address),
            "model": self._controls.is_failure_pending(),
            "window": self._controls.is_window_closed(address),
        }
        return [name for name, is_pending in pending.items() if is_pending]

    def told_since(self, address: str, now: datetime) -> datetime | None:
        """When the first fault was caused that still says something to this user."""
        return min((fault.at for fault in self._told(address, now)), default=None)

    def effects(
        self, address: str, facts: Facts | None, aftermath: Aftermath, now: datetime
    ) -> list[str]:
        """What each fault has done, and what the product does about it; the latest is the last."""
        faults = self._told(address, now)
        with self._lock:
            for fault in faults:
                if not fault.is_over:
                    fault.told = self._tell(fault, facts, aftermath, now)
        faults.sort(key=lambda fault: fault.used_at or fault.at)
        return [fault.told for fault in faults]

    def _told(self, address: str, now: datetime) -> list[Fault]:
        with self._lock:
            return [f for f in self._faults.values() if f.address == address and f.is_told(now)]

    def _tell(self, fault: Fault, facts: Facts | None, aftermath: Aftermath, now: datetime) -> str:
        match fault.name:
            case "worker":
                return _worker(fault, facts, now, silence=self._controls.silence_seconds)
            case "webhook":
                return self._webhook(fault, aftermath, now)
            case "model":
                return self._model(fault, aftermath, now)
            case "window":
                return self._window(fault, aftermath, now)

    def _webhook(self, fault: Fault, aftermath: Aftermath, now: datetime) -> str:
        if self._controls.is_webhook_pending(fault.address):
            return "Armed: the webhook of your next message will get lost"
        if fault.used_at is None:
            fault.used_at = now
            self._controls.catch_up()
        heard_at = aftermath.heard_at
        # Twilio's list tells whole seconds.
        if heard_at is None or heard_at < fault.at.replace(microsecond=0):
            return "A webhook got lost: your message is compared with Twilio's list"
        return _over(
            fault,
            now,
            f"The lost message was in Twilio's list: taken in after {took(now - fault.used_at)}",
        )

    def _model(self, fault: Fault, aftermath: Aftermath, now: datetime) -> str:
        if self._controls.is_failure_pending():
            return "Armed: the next model call will break in the middle"
        fault.used_at = fault.used_at or now
        calls = [call for call in aftermath.calls if call.called_at > fault.at]
        broken = next((call for call in calls if _is_broken(call.outcome)), None)
        if broken is None:
            if (now - fault.used_at).total_seconds() > OF_SOMEBODY_ELSE:
                return _over(fault, now, "The model broke off somebody else's call")
            return "The model is overloaded: the call broke in the middle"
        again = _asked_again(broken, calls)
        if again is None:
            return f"The model was overloaded ({broken.outcome}): it is asked again"
        return _over(
            fault,
            now,
            "The model was overloaded: asked again, answered after"
            f" {took(again.called_at - broken.called_at)}",
        )

    def _window(self, fault: Fault, aftermath: Aftermath, now: datetime) -> str:
        messages = [m for m in aftermath.messages if m.created_at > fault.at]
        held = [m for m in messages if m.state == "waiting_for_window"]
        if self._controls.is_window_closed(fault.address):
            if held:
                return f"The 24-hour window is closed: {counted(len(held), 'message')} held back"
            return f"Armed: Twilio refuses what is sent to you ({REFUSAL}) until you write"
        if held:
            return f"You wrote: the window is open, {counted(len(held), 'message')} on the way"
        return _over(fault, now, "The window is open again: what was held back went out")


def _worker(fault: Fault, facts: Facts | None, now: datetime, *, silence: float) -> str:
    if facts is None or not _was_at_work(facts, fault.at):
        return _over(fault, now, "The worker was killed and runs again: nothing was at work")
    before = {span.process_pid for span in facts.spans if span.began_at <= fault.at}
    again = next(
        (
            span
            for span in facts.spans
            if span.began_at > fault.at and span.is_of_crew and span.process_pid not in before
        ),
        None,
    )
    if again is None:
        return (
            "The worker was killed. Another one runs; it takes the work over when its owner was"
            f" silent for {silence:.0f} s"
        )
    return _over(
        fault,
        now,
        f"The worker was killed: taken over after {took(again.began_at - fault.at)}, from the last"
        " stored turn",
    )


def _was_at_work(facts: Facts, at: datetime) -> bool:
    """Whether there was anything that another worker must go on with."""
    scene = facts.scene
    if scene.waits_for_user:
        return False
    return scene.work_ended_at is None or scene.work_ended_at > at


def _asked_again(broken: CallRow, calls: Sequence[CallRow]) -> CallRow | None:
    """The call that answered what the broken one was asked."""
    return next(
        (
            call
            for call in calls
            if call.called_at > broken.called_at
            and call.agent_id == broken.agent_id
            and not _is_broken(call.outcome)
        ),
        None,
    )


def _is_broken(outcome: str) -> bool:
    return outcome.endswith("Error")


def _over(fault: Fault, now: datetime, told: str) -> str:
    fault.is_over, fault.used_at = True, fault.used_at or now
    return told
