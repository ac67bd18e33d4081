"""What operators do to requests and to the whole, at the worst moment, and what the audit says.

`textcrew cancel`, `retry`, `resend`, `pause`, `resume`, and what shows it: `status`, `request`,
`user`, `audit-log`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.messages import link_in
from tests.acceptance.operators_stage import (
    NUMBER,
    acts,
    being_written,
    console,
    cost_told,
    have_done,
    page_of,
    request_of,
    status_of,
    textcrew,
    told,
    trace_of,
    unfinished,
)
from tests.acceptance.stack import Stack, announced, eventually
from tests.forked_program import ForkedProgram


@pytest.fixture
def building(stack: Stack) -> Iterator[tuple[Phone, str]]:
    """A user whose app is being written, and its request."""
    with being_written(stack) as found:
        yield found


def test_a_cancelled_build_does_nothing_more_and_goes_on_when_it_is_retried(
    stack: Stack, building: tuple[Phone, str], tmp_path: Path
) -> None:
    phone, request_id = building
    (work,) = told(stack, "status")["work"]
    assert (work["request_id"], work["waits_for"]) == (request_id, "nobody")

    cancel, said = ["bot.cli.main", "cancel", request_id[:8], "--reason"], tmp_path / "said"
    both = [
        ForkedProgram([*cancel, reason], stack.environment, tmp_path / "out", errors=said)
        for reason in ("it burns tokens", f"they called from {NUMBER}")
    ]
    assert sorted(operator.wait() for operator in both) == [0, 1]
    assert "Nothing is done for it any more" in said.read_text()
    stopped = phone.wait_for(lambda message: "have stopped the work on" in message.body, 60)
    assert "try again" in stopped.body
    calls = len(stack.model_calls())
    stack.let_go()
    eventually(lambda: status_of(stack, request_id) == "stopped", "it is stopped")
    root = (
        "SELECT attributes->>'request_status' AS status FROM records"
        " WHERE span_name = 'user_request' AND trace_id = %(trace_id)s"
    )
    trace = {"trace_id": trace_of(stack, request_id)}  # the last test's may still be coming in
    closed = eventually(lambda: stack.rows(root, trace), "its trace is closed")
    assert closed == [{"status": "stopped"}]
    ended = (
        "SELECT FROM records WHERE trace_id = %(trace_id)s"
        " AND attributes->>'request_id' = %(request_id)s AND attributes->>'user_id' IS NOT NULL"
        " AND (attributes->>'to_state' = 'TERMINATED' AND attributes->>'agent_type' = 'frontend'"
        "      OR attributes->>'termination_reason' = 'manual_termination')"
    )
    ids = trace | {"request_id": request_id}
    eventually(lambda: len(stack.rows(ended, ids)) == 2, "its agent's end is told of in its trace")
    assert len(stack.model_calls()) == calls
    assert not any(announced(message) for message in phone.messages())

    stack.hold_model("frontend")
    goes_on_as = told(stack, "retry", request_id[:8], "--reason", "it may go on")["goes_on_as"]
    phone.wait_for(lambda message: "picking" in message.body, 60)
    assert goes_on_as in unfinished(stack)
    stack.let_go()
    phone.wait_for(announced, 60)
    eventually(lambda: status_of(stack, goes_on_as) == "completed", "the retry is completed")
    refused = textcrew(stack, "retry", request_id[:8])
    assert (refused.returncode, "It is completed." in refused.stderr) == (1, True)

    summary = told(stack, "request", goes_on_as[:8])
    assert summary["request"]["request_type"] == "retry"
    assert summary["request"]["calls"] > 0
    for path, name in (("/requests?format=json", "requests"), ("?format=json", "ended")):
        (row,) = (
            row for row in json.loads(console(stack, path))[name] if row["request_id"] == goes_on_as
        )
        assert (row["title"], row["workflow"]) == ("Counter", "full_build")
        assert float(row["cost_usd"]) == pytest.approx(cost_told(stack, goes_on_as))
    retried, cancelled = page_of(stack, goes_on_as), page_of(stack, request_id)
    assert (
        f'goes on with the build of <a class="mono" href="/console/requests/{request_id}"'
        in retried
    )
    assert f'went on as <a class="mono" href="/console/requests/{goes_on_as}"' in cancelled
    for page, version in ((cancelled, 1), (retried, 2)):
        assert f"frontend_v{version}_" in page
    assert "frontend_v1_" not in retried.partition('id="agents"')[2].partition("</section>")[0]
    assert {message["state"] for message in summary["messages"]} <= {"sent", "delivered", "read"}
    assert acts(stack) == [("cancel", f"request:{request_id}"), ("retry", f"request:{request_id}")]
    (row,) = stack.rows("SELECT reason FROM audit WHERE action = 'cancel'")
    assert NUMBER not in row["reason"]


def test_the_app_that_an_operator_lets_go_on_is_the_one_that_its_user_has_open(
    stack: Stack, building: tuple[Phone, str]
) -> None:
    phone, request_id = building
    told(stack, "cancel", request_id)
    phone.wait_for(lambda message: "have stopped the work on" in message.body, 60)
    stack.let_go()
    phone.say("Build me a quiz")
    quiz = phone.wait_for(announced, 60)

    told(stack, "retry", request_id)
    counter = phone.wait_for(announced, 60, after=quiz.position)
    phone.say("share")
    shared = phone.wait_for(lambda message: "/a/" in message.body, 60, after=counter.position)
    assert link_in(shared) == link_in(counter)


def test_nothing_goes_on_for_who_wants_no_messages(
    stack: Stack, building: tuple[Phone, str]
) -> None:
    phone, request_id = building
    phone.say("stop")
    phone.wait_for(lambda message: message.body.startswith("Stopped."), 60)
    phone.say("unsubscribe")
    opted_out = "SELECT FROM contact WHERE suppressed_reason = 'opted_out'"
    eventually(lambda: stack.rows(opted_out), "they are unsubscribed")

    refused = textcrew(stack, "retry", request_id)
    assert (refused.returncode, refused.stderr) == (1, "textcrew: Its user wants no messages.\n")
    assert stack.rows("SELECT status FROM build") == [{"status": "stopped"}]
    assert acts(stack) == []


def test_what_ends_for_who_has_blocked_us_is_closed_without_a_word(stack: Stack) -> None:
    blocked = TwilioFault(when="delivery", code=63014, outcome="failed", times=2)
    stack.twilio.broker.faults.add([blocked])
    stack.hold_model("designer")
    for words in ("Build me a counter", "Build me a quiz"):
        stack.phone().say(words)
    stack.await_calls("designer", 2)
    unreachable = "SELECT FROM contact WHERE suppressed_reason = 'blocked'"
    eventually(lambda: len(stack.rows(unreachable)) == 2, "both have blocked us")

    told(stack, "cancel", request_of(stack, "Build me a counter"))
    lost = "UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'run_build'"
    stack.rows(f"{lost} AND status = 'doing' RETURNING 1")
    have_done(stack, "clean_up")

    ended = "SELECT status FROM request WHERE closed_at IS NOT NULL ORDER BY status"
    both = [{"status": "failed"}, {"status": "stopped"}]
    eventually(lambda: stack.rows(ended) == both, "what was cancelled and what was lost is closed")
    root = "SELECT FROM records WHERE span_name = 'user_request'"
    eventually(lambda: len(stack.rows(root)) >= 2, "their traces are closed")
    stack.let_go()
    assert textcrew(stack, "verify", "--grace", "0s").returncode == 0


def test_what_is_not_there_or_not_possible_is_said_in_a_sentence(stack: Stack) -> None:
    phone = stack.phone(NUMBER)
    phone.say("help")
    phone.wait_for(lambda message: message.direction == "outbound", 60)
    (message,) = stack.rows("SELECT id, request_id, user_id FROM outbox")
    delivered = "SELECT FROM outbox WHERE state IN ('delivered', 'read')"
    eventually(lambda: stack.rows(delivered), "it is delivered")

    for arguments, said in (
        (["cancel", "ffffffff"], "No request has an id that begins so."),
        (["cancel", "nobody"], "The id of a request has the digits"),
        (
            ["cancel", str(message["request_id"])],
            "Nothing is done for it any more: it is completed",
        ),
        (["retry", str(message["request_id"])], "Nothing was built for this request."),
        (["resend", str(message["id"])], "It was delivered"),
        (["resend", "99999999"], "Nothing has an id"),
        (["resume", "sending"], "The sending is not paused."),
        (["raise-budget", NUMBER, "0"], "An amount from $0.01"),
        (["user", "+15550000000"], "Nobody is known"),
        (["request", "ffffffff"], "No request has an id that begins so."),
        (["cancel", message["request_id"].hex, "--reason", " "], "A reason of at most"),
    ):
        done = textcrew(stack, *arguments)
        assert (done.returncode, said in done.stderr) == (1, True), (arguments, done.stderr)
    assert acts(stack) == []
    for empty in (
        ["deliveries", "--state", "failed"],
        ["audit-log", "--since", "yesterday", "--action", "erase"],
    ):
        assert textcrew(stack, *empty).stdout == "Nothing fits that.\n"
    short = message["user_id"][:6]
    assert [row["id"] for row in told(stack, "deliveries", "--user", short)] == [message["id"]]
    user = told(stack, "user", NUMBER)
    assert user["user"]["user_id"] == message["user_id"]
    assert NUMBER[1:] not in json.dumps(user)


def test_what_commands_print_of_users_words_and_a_job_run_again_stand_in_the_audit(
    stack: Stack, building: tuple[Phone, str]
) -> None:
    _, request_id = building
    (project,) = stack.rows("SELECT project_id FROM build")
    handoff, *_ = told(stack, "handoffs", "list", "--user", NUMBER)
    assert {row["request_id"] for row in told(stack, "agents", "--user", NUMBER)} == {request_id}
    told(stack, "deliveries", "--request", request_id)
    assert acts(stack) == []

    for words in (
        ["deliveries", "--body", "--request", request_id],
        ["handoffs", "show", handoff["handoff_id"]],
        ["requirements", str(project["project_id"])],
    ):
        told(stack, *words, "--reason", "they asked what we told them")
    shown = ("show_words", f"request:{request_id}")
    assert acts(stack) == [shown, shown, shown]

    (job,) = stack.rows(
        "UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'read_message'"
        " AND status = 'succeeded' RETURNING id"
    )
    again = ["jobs", "--retry", str(job["id"])]
    assert "--reason" in textcrew(stack, *again).stderr
    assert textcrew(stack, *again, "--reason", "it may be read now").returncode == 0
    refused = textcrew(stack, *again, "--reason", "and once more").stderr
    assert refused == f"textcrew: There is no failed job {job['id']}; see: textcrew jobs\n"
    assert acts(stack)[3:] == [("retry_job", f"request:{request_id}")]
    (row,) = stack.rows("SELECT reason FROM audit WHERE action = 'retry_job'")
    assert row["reason"] == "it may be read now"
