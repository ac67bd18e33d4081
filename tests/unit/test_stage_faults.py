"""What the stage tells of a fault until it is over, whatever the user had asked for."""

from datetime import datetime
from decimal import Decimal

import pytest

from bot.sandbox.stage.faults import OF_SOMEBODY_ELSE, FaultName, Faults
from bot.sandbox.stage.reading import Aftermath, CallRow, Facts, MessageRow
from tests.unit.test_stage_views import agent, at, facts, scene, span

SAM = "whatsapp:+15550100001"


class Demo:
    """The demo's controls: what is pending is what was broken, until it is used up."""

    silence_seconds = 5.0

    def __init__(self) -> None:
        self.pending: set[FaultName] = set()
        self.done: list[str] = []

    def kill_worker(self) -> None:
        self.done.append("killed")

    def lose_webhook(self, address: str) -> None:
        self.pending.add("webhook")

    def is_webhook_pending(self, address: str) -> bool:
        return "webhook" in self.pending

    def catch_up(self) -> None:
        self.done.append("caught up")

    def fail_model(self) -> None:
        self.pending.add("model")

    def is_failure_pending(self) -> bool:
        return "model" in self.pending

    def close_window(self, address: str) -> None:
        self.pending.add("window")

    def is_window_closed(self, address: str) -> bool:
        return "window" in self.pending


@pytest.fixture
def demo() -> Demo:
    return Demo()


@pytest.fixture
def faults(demo: Demo) -> Faults:
    return Faults(demo)  # type: ignore[arg-type]  # pace and memory are no faults


def tell(
    faults: Faults, now: float, shown: Facts | None = None, aftermath: Aftermath | None = None
) -> list[str]:
    return faults.effects(SAM, shown, aftermath or happened(), at(now))


def happened(
    *, heard_at: datetime | None = None, calls: tuple[CallRow, ...] = (), state: str = ""
) -> Aftermath:
    messages = [MessageRow(state=state, created_at=at(2))] if state else []
    return Aftermath(heard_at=heard_at, calls=list(calls), messages=messages)


def call(outcome: str, seconds: float) -> CallRow:
    return CallRow(
        agent_id=None,
        operation="route",
        outcome=outcome,
        input_tokens=1,
        output_tokens=1,
        cache_creation_tokens=0,
        cache_read_tokens=0,
        cost_usd=Decimal(0),
        called_at=at(seconds),
    )


def test_a_lost_webhook_is_over_when_the_message_is_heard_that_asks_for_no_app(
    faults: Faults, demo: Demo
) -> None:
    faults.cause("webhook", SAM, at(0))
    assert tell(faults, 1) == ["Armed: the webhook of your next message will get lost"]

    demo.pending.clear()
    assert tell(faults, 2) == ["A webhook got lost: your message is compared with Twilio's list"]
    assert demo.done == ["caught up"]

    over = tell(faults, 3, aftermath=happened(heard_at=at(2.5)))
    assert over == ["The lost message was in Twilio's list: taken in after 1.00 s"]
    assert faults.told_since(SAM, at(4)) == at(0)
    assert faults.told_since(SAM, at(200)) is None


def test_a_broken_call_is_told_of_whatever_it_was_for(faults: Faults, demo: Demo) -> None:
    faults.cause("model", SAM, at(0))
    assert tell(faults, 1) == ["Armed: the next model call will break in the middle"]

    demo.pending.clear()
    broken = call("ModelOverloadedError", 2)
    assert tell(faults, 3, aftermath=happened(calls=(broken,))) == [
        "The model was overloaded (ModelOverloadedError): it is asked again"
    ]
    both = happened(calls=(broken, call("end_turn", 4)))
    assert tell(faults, 5, aftermath=both) == [
        "The model was overloaded: asked again, answered after 2.00 s"
    ]


def test_a_call_of_somebody_else_may_be_the_one_that_breaks(faults: Faults, demo: Demo) -> None:
    faults.cause("model", SAM, at(0))
    demo.pending.clear()

    assert tell(faults, 1) == ["The model is overloaded: the call broke in the middle"]
    assert tell(faults, 2 + OF_SOMEBODY_ELSE) == ["The model broke off somebody else's call"]


def test_a_closed_window_is_told_of_until_what_was_held_back_went_out(
    faults: Faults, demo: Demo
) -> None:
    faults.cause("window", SAM, at(0))
    assert "Armed: Twilio refuses" in tell(faults, 1)[0]
    held = happened(state="waiting_for_window")
    assert tell(faults, 3, aftermath=held) == ["The 24-hour window is closed: 1 message held back"]

    demo.pending.clear()
    assert "1 message on the way" in tell(faults, 4, aftermath=held)[0]
    assert "what was held back went out" in tell(faults, 5, aftermath=happened(state="sent"))[0]


def test_a_worker_that_is_killed_while_the_user_is_waited_for_leaves_nothing(
    faults: Faults,
) -> None:
    faults.cause("worker", SAM, at(20))
    waiting = facts(scene(waits_until=at(900)), agents=[agent()])

    assert tell(faults, 21, waiting) == [
        "The worker was killed and runs again: nothing was at work"
    ]


def test_a_message_that_the_new_worker_sends_is_not_yet_the_work(faults: Faults) -> None:
    faults.cause("worker", SAM, at(20))
    before = span("token_usage", 19, None, process_pid=1)
    sent = span("delivery", 21, 21.5, process_pid=2)
    assert "takes the work over when" in tell(faults, 22, facts(spans=[before, sent]))[0]

    again = span("token_usage", 26, None, process_pid=2)
    assert tell(faults, 27, facts(spans=[before, sent, again])) == [
        "The worker was killed: taken over after 6.00 s, from the last stored turn"
    ]
