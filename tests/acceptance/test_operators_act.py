"""What operators do to requests and to the whole, at the worst moment, and what the audit says.

`textcrew cancel`, `retry`, `resend`, `pause`, `resume`, and what shows it: `status`, `request`,
`user`, `audit-log`.
"""

import getpass
import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest

from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.forked_program import ForkedProgram, run_forked

NUMBER = "+15550104477"


def textcrew(stack: Stack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_forked(["bot.cli.main", *arguments], stack.environment)


def told(stack: Stack, *arguments: str) -> Any:
    """What a command says with --json that succeeds."""
    done = textcrew(stack, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def acts(stack: Stack) -> list[tuple[str, str]]:
    """What the audit says was done to what, the first first."""
    rows = told(stack, "audit-log")
    assert {row["operator"] for row in rows} <= {getpass.getuser()}
    return [(row["action"], row["subject"]) for row in reversed(rows)]


def request_of(stack: Stack, body: str) -> str:
    (row,) = stack.rows(
        "SELECT request_id FROM inbound_message WHERE body = %(body)s", {"body": body}
    )
    return str(row["request_id"])


def status_of(stack: Stack, request_id: str) -> str:
    (row,) = stack.rows(
        "SELECT status FROM request WHERE request_id = %(id)s::uuid", {"id": request_id}
    )
    return str(row["status"])


def page_of(stack: Stack, request_id: str) -> str:
    """What the console shows of a request."""
    return console(stack, f"/requests/{request_id}")


def console(stack: Stack, path: str) -> str:
    """What the console says there."""
    url = f"{stack.public_url}/console{path}"
    bearer = {"Authorization": f"Bearer {stack.environment['OPERATOR_TOKEN']}"}
    with urlopen(Request(url, headers=bearer)) as answer:
        return str(answer.read(), "utf-8")


def cost_told(stack: Stack, request_id: str) -> float:
    """What a request has cost by its root (USD), once that is there."""
    query = (
        "SELECT (attributes->>'request_cost_usd')::float8 AS cost FROM records"
        " WHERE span_name = 'user_request' AND attributes->>'request_id' = %(id)s"
    )
    (row,) = eventually(lambda: stack.rows(query, {"id": request_id}), "its trace is closed")
    return float(row["cost"])


def unfinished(stack: Stack) -> list[str]:
    """The requests that are open by their traces."""
    return [row["request_id"] for row in told(stack, "query", "unfinished-requests")]


def trace_of(stack: Stack, request_id: str) -> str:
    (row,) = stack.rows(
        "SELECT trace_id FROM request WHERE request_id = %(id)s::uuid", {"id": request_id}
    )
    return str(row["trace_id"])


@pytest.fixture
def building(stack: Stack) -> Iterator[tuple[Phone, str]]:
    """A user whose app is being written, and its request."""
    stack.hold_model("frontend")
    phone = stack.phone(NUMBER)
    phone.say("Build me a counter")
    writing = "SELECT FROM agent WHERE agent_type = 'frontend'"
    eventually(lambda: stack.rows(writing), "it is being written")
    yield phone, request_of(stack, "Build me a counter")
    stack.let_go()


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


def spends_much(stack: Stack, usd: float, account: str) -> Phone:
    """Let a build have spent so much of its user's day, or of its request, before its next call."""
    stack.hold_model("designer")
    phone = stack.phone(NUMBER)
    phone.say("Build me a counter")
    stack.await_call("designer")
    stack.rows(
        "UPDATE budget_account SET spent = %(usd)s WHERE account LIKE %(account)s || ':%%'"
        " RETURNING 1",
        {"usd": usd, "account": account},
    )
    stack.let_go()
    return phone


def test_a_build_that_goes_on_by_a_raised_budget_is_seen_before_it_ends(stack: Stack) -> None:
    phone = spends_much(stack, 19, "user")
    phone.wait_for(lambda message: "for you today" in message.body, 60)

    stack.hold_model("frontend")
    assert told(stack, "raise-budget", NUMBER, "5")["builds"] == 1
    (retry,) = stack.rows("SELECT request_id FROM request WHERE request_type = 'retry'")
    assert str(retry["request_id"]) in unfinished(stack)
    stack.let_go()
    phone.wait_for(announced, 60)


def test_a_users_raised_budget_answers_no_question_about_what_their_request_may_cost(
    stack: Stack,
) -> None:
    phone = spends_much(stack, 3.6, "request")
    asked = phone.wait_for(lambda message: "Shall I go on?" in message.body, 60)
    assert asked.body.startswith("This has cost $3.6")

    assert told(stack, "raise-budget", NUMBER, "5")["builds"] == 0
    assert stack.rows("SELECT status FROM build") == [{"status": "stopped"}]
    phone.say("yes")
    phone.wait_for(announced, 60)


def test_who_has_not_answered_for_their_day_is_still_asked_what_their_request_may_cost(
    stack: Stack,
) -> None:
    phone = spends_much(stack, 19, "user")
    phone.wait_for(lambda message: "for you today" in message.body, 60)

    stack.hold_model("frontend")
    assert told(stack, "raise-budget", NUMBER, "20")["builds"] == 1
    stack.await_call("frontend")
    stack.rows("UPDATE budget_account SET spent = 4.2 WHERE account LIKE 'request:%' RETURNING 1")
    stack.let_go()
    phone.wait_for(lambda message: message.body.startswith("This has cost $4.2"), 60)
    phone.say("yes")
    phone.wait_for(announced, 60)


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
    _have_done(stack, "clean_up")

    ended = "SELECT status FROM request WHERE closed_at IS NOT NULL ORDER BY status"
    both = [{"status": "failed"}, {"status": "stopped"}]
    eventually(lambda: stack.rows(ended) == both, "what was cancelled and what was lost is closed")
    root = "SELECT FROM records WHERE span_name = 'user_request'"
    eventually(lambda: len(stack.rows(root)) >= 2, "their traces are closed")
    stack.let_go()
    assert textcrew(stack, "verify", "--grace", "0s").returncode == 0


def test_what_is_said_while_the_intake_is_paused_is_read_afterwards_and_a_stop_at_once(
    stack: Stack, building: tuple[Phone, str]
) -> None:
    builder, request_id = building
    others = [stack.phone() for _ in range(5)]

    assert told(stack, "pause", "intake", "--reason", "a storm") == {"paused": "intake"}
    for phone in others:
        phone.say("help")
        phone.say("status")
    builder.say("stop")
    builder.wait_for(lambda message: message.body.startswith("Stopped."), 60)
    assert status_of(stack, request_id) == "stopped"
    held = "SELECT FROM procrastinate_jobs WHERE queue_name = 'held'"
    eventually(lambda: len(stack.rows(held)) >= len(others), "their messages are held")
    assert len(stack.rows("SELECT FROM request WHERE status = 'accepted'")) == 10
    assert not any(_heard(phone) for phone in others)

    status = told(stack, "status")
    assert [(one["what"], one["reason"]) for one in status["pauses"]] == [("intake", "a storm")]
    assert (len(status["unread"]), {one["messages"] for one in status["unread"]}) == (5, {2})
    with urlopen(f"{stack.public_url}/health") as answer:
        health = json.load(answer)
    assert (health["status"], health["paused"]) == ("healthy", ["intake"])
    assert textcrew(stack, "pause", "intake").returncode == 1, "it is paused already"

    told(stack, "resume", "intake")
    for phone in others:
        eventually(partial(_has_heard, phone, 2), "both are answered")
    assert told(stack, "status")["pauses"] == []
    assert acts(stack) == [("pause", "intake"), ("resume", "intake")]


def test_who_waits_for_a_paused_intake_is_told_once(stack: Stack) -> None:
    phone = stack.phone()
    told(stack, "pause", "intake")
    phone.say("Build me a counter")
    eventually(lambda: stack.rows("SELECT FROM request"), "it is in")
    stack.rows(
        "WITH earlier AS (UPDATE request SET accepted_at = accepted_at - interval '2 minutes'"
        " RETURNING 1)"
        " UPDATE pause SET since = since - interval '2 minutes' RETURNING 1"
    )
    for _ in range(2):
        _have_done(stack, "tend_pauses")
    assert "short break" in phone.wait_for(lambda message: message.direction == "outbound", 60).body
    assert len(_heard(phone)) == 1

    told(stack, "resume", "intake")
    phone.wait_for(announced, 60)


def test_who_repeats_a_stop_while_nothing_is_sent_keeps_their_messages(stack: Stack) -> None:
    phone = stack.phone()
    told(stack, "pause", "sending")
    for number in (1, 2, 3):
        phone.say("stop")
        eventually(partial(_are_stored, stack, number), "it is answered")
    told(stack, "resume", "sending")
    warned = phone.wait_for(lambda message: "once more" in message.body, 30)

    assert stack.rows("SELECT suppressed_reason FROM contact") == [{"suppressed_reason": None}]
    eventually(partial(_has_heard, phone, 3), "all have come")
    phone.say("stop")
    phone.wait_for(
        lambda message: message.body.startswith("You get no more"), 30, after=warned.position
    )


def test_a_yes_and_an_answer_that_a_pause_held_back_count_as_given_in_time(stack: Stack) -> None:
    leaving, builder = stack.phone(), stack.phone()
    builder.say("Build me a counter, but ask me first")
    question = builder.wait_for(lambda message: "Which colour" in message.body, 60)
    leaving.say("forget me")
    asked = leaving.wait_for(lambda message: "It cannot be undone" in message.body, 60)
    told(stack, "pause", "intake")
    leaving.tap(asked, "Delete everything")
    assert question.interaction is not None
    colour = question.interaction.options[-1].title
    builder.tap(question, colour)
    _pass_time(stack, minutes=60)
    defaults = (
        "SELECT FROM procrastinate_jobs WHERE task_name = 'take_defaults' AND status = 'succeeded'"
    )
    eventually(lambda: stack.rows(defaults), "the time for an answer is over")
    told(stack, "resume", "intake")

    leaving.wait_for(lambda message: "Goodbye!" in message.body, 60)
    builder.wait_for(lambda message: "How large" in message.body, 60)
    answers = stack.rows("SELECT answer, is_default FROM question WHERE answer IS NOT NULL")
    assert answers == [{"answer": colour, "is_default": False}]


def test_nothing_is_sent_while_sending_is_paused(stack: Stack) -> None:
    phones = [stack.phone() for _ in range(3)]
    told(stack, "pause", "sending", "--reason", "Twilio charges twice")
    for phone in phones:
        phone.say("help")
    queued = "SELECT FROM outbox WHERE state = 'queued'"
    idle = "SELECT FROM procrastinate_jobs WHERE status <> 'succeeded' AND queue_name = 'delivery'"
    eventually(lambda: len(stack.rows(queued)) == 3 and not stack.rows(idle), "they are held")
    assert not any(_heard(phone) for phone in phones)
    assert textcrew(stack, "verify", "--grace", "0s").returncode == 0

    assert told(stack, "resume", "sending") == {"resumed": "sending"}
    for phone in phones:
        eventually(partial(_has_heard, phone, 1), "it is sent now")


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


def _heard(phone: Phone) -> list[PhoneMessage]:
    return [message for message in phone.messages() if message.direction == "outbound"]


def _has_heard(phone: Phone, count: int) -> bool:
    return len(_heard(phone)) == count


def _are_stored(stack: Stack, count: int) -> bool:
    """Whether that many messages to users are, beside those that only say that one is heard."""
    return len(stack.rows("SELECT FROM outbox WHERE kind <> 'heard'")) == count


def _pass_time(stack: Stack, *, minutes: int) -> None:
    """Let all that was asked and said be so long ago; what is due by then is."""
    with psycopg.connect(stack.database_url) as connection:
        for table, column in (
            ("request", "accepted_at"),
            ("inbound_message", "received_at"),
            ("outbox", "created_at"),
            ("contact", "forget_asked_at"),
            ("question", "asked_at"),
            ("build", "waits_until"),
            ("procrastinate_jobs", "scheduled_at"),
        ):
            connection.execute(
                f"UPDATE {table} SET {column} = {column} - {minutes} * interval '1 minute'".encode()
            )


def _have_done(stack: Stack, task: str) -> None:
    """Let a periodic task have its turn, whatever the clock says."""
    queue = "SELECT enqueue_job('maintenance', %(task)s, %(task)s, '{\"timestamp\": 1}') AS id"
    (job,) = stack.rows(queue, {"task": task})
    done = "SELECT FROM procrastinate_jobs WHERE id = %(id)s AND status = 'succeeded'"
    eventually(lambda: stack.rows(done, job), f"{task} has run")
