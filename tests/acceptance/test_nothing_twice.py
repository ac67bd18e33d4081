"""Repeated webhooks and killed workers: one request, one set of messages, no turn paid twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from bot.sandbox.twilio.messages import new_sid
from tests.acceptance.stack import Stack, announced


def test_the_same_message_fifty_times_at_once_is_one_request(stack: Stack) -> None:
    phone = stack.phone()
    sid = new_sid()
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda _: phone.say("Build me a calculator", message_sid=sid), range(50)))

    phone.wait_for(announced, 60)

    assert stack.rows("SELECT count(*) AS n FROM request") == [{"n": 1}]
    assert stack.rows("SELECT count(*) AS n FROM build") == [{"n": 1}]
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": 1}]
    assert sum(1 for m in phone.messages() if m.direction == "outbound") == 4


def test_a_killed_worker_costs_one_model_call_at_most(stack: Stack) -> None:
    stack.hold_model("frontend", after_turns=2)
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI, step by step")
    stack.await_call("frontend", turn=3)
    stack.disturb().kill("worker")
    stack.let_go()
    stack.start_worker()

    phone.wait_for(announced, 90)

    said = [m.body for m in phone.messages() if m.direction == "outbound"]
    assert len(said) == len(set(said)) == 4
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": 1}]
    completed = [call for call in stack.model_calls() if call["outcome"] == "completed"]
    paid = Counter(call["prompt_sha256"] for call in completed)
    assert max(paid.values()) == 1
    turns = stack.rows("SELECT count(*) AS n FROM turn")[0]["n"]
    assert len(stack.model_calls()) <= turns + 2  # the routing call, and the one in flight
