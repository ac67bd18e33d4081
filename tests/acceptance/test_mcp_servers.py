"""Agents use other services' tools: over stdio and HTTP, in time, traced, and never fatally."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import pytest

from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, announced, eventually, free_address
from tests.acceptance.test_asking import (
    REQUEST_TEXT,
    is_asked_for_colour,
    is_asked_for_size,
    is_green,
    styles_of,
)
from tests.acceptance.test_budgets import spend
from tests.acceptance.test_operators_act_for_users import textcrew
from tests.mcp_server import REPOSITORY, SESSIONS, over_stdio
from tests.otlp_receiver import otlp_receiver

Begin = Callable[..., Stack]


@pytest.fixture
def hosting(tmp_path: Path) -> Path:
    """The folder of the hosting service (`tests/mcp_server.py`)."""
    (tmp_path / "hosting").mkdir()
    return tmp_path / "hosting"


@pytest.fixture
def begin(database_url: str, tmp_path: Path) -> Iterator[Begin]:
    """Start the whole system with these MCP servers."""
    stacks: list[Stack] = []

    def start(environment: dict[str, str] | None = None, **servers: object) -> Stack:
        configuration = tmp_path / "mcp.json"
        configuration.write_text(json.dumps({"mcpServers": servers}))
        stack = Stack(
            database_url,
            tmp_path / "logs",
            MCP_CONFIG=str(configuration),
            HOSTING_TOKEN="hosting-token",
            **(environment or {}),
        )
        stacks.append(stack)
        return stack.start()

    yield start
    for stack in stacks:
        stack.stop()


@contextmanager
def served_over_http(hosting: Path, url: str, *options: str) -> Iterator[str]:
    """The hosting service on loopback; the address of its MCP endpoint."""
    port = str(urlsplit(url).port)
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.mcp_server", str(hosting), "--http", port, *options],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: is_listening(int(port)), "the MCP server listens")
        yield f"{url}/mcp"
    finally:
        program.kill()
        program.wait()


def is_listening(port: int) -> bool:
    listening = [c.laddr for c in psutil.net_connections() if c.status == "LISTEN"]
    return any(address and address.port == port for address in listening)


def build(stack: Stack, request_text: str = "Build me a counter") -> PhoneMessage:
    phone = stack.phone()
    phone.say(request_text)
    return phone.wait_for(announced, 120)


def calls(hosting: Path) -> list[dict[str, Any]]:
    noted = hosting / "calls"
    return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []


def results(stack: Stack, agent_type: str = "devops") -> list[dict[str, Any]]:
    """The tool results that an agent got, in order."""
    rows = stack.rows(
        "SELECT results FROM turn JOIN agent USING (agent_id)"
        " WHERE agent_type = %(agent_type)s AND results IS NOT NULL ORDER BY number",
        {"agent_type": agent_type},
    )
    blocks = [block for row in rows for block in json.loads(row["results"])]
    return [block for block in blocks if block["type"] == "tool_result"]


def outcomes(stack: Stack) -> list[tuple[str, str]]:
    rows = stack.rows("SELECT tool, status FROM outside_call ORDER BY began_at, tool")
    return [(row["tool"], row["status"]) for row in rows]


def link_elsewhere(message: PhoneMessage) -> str:
    """The link at the hosting service, of which the user is told."""
    assert "You can also find it at Hosting:" in message.body
    return message.body.splitlines()[-1]


def test_an_app_is_deployed_elsewhere_over_stdio_and_the_link_works(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_site"]))

    said = build(stack)

    with urlopen(link_elsewhere(said)) as answer:
        page = answer.read().decode()
    assert "<h1>" in page
    (call,) = calls(hosting)
    assert call["files"] == ["app.js", "icon.svg", "index.html", "styles.css"]
    assert outcomes(stack) == [("deploy_site", "ok"), ("report_deployment", "ok")]
    assert "HOSTING_TOKEN" in call["environment"]
    ours = {name for name in call["environment"] if name.startswith(("TWILIO", "CONTACT", "ANTH"))}
    assert ours == set()


def test_copies_elsewhere_are_named_to_who_is_forgotten_and_left_to_operators(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_site"]))
    phone = stack.phone()
    phone.say("Build me a counter")
    link = link_elsewhere(phone.wait_for(announced, 120))
    stack.rows("DELETE FROM outside_call RETURNING 1")  # they are kept for a while only
    (user,) = stack.rows("SELECT user_id FROM contact")

    phone.say("forget me")
    asked = phone.wait_for(lambda m: "It cannot be undone. Shall I?" in m.body, 30)
    assert f"I can't delete the copies of your apps at other services:\n- {link}\n" in asked.body
    phone.tap(asked, "Delete everything")
    goodbye = phone.wait_for(lambda m: "Goodbye!" in m.body, 30)
    assert f"are still there:\n- {link}\n" in goodbye.body
    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten")

    (left,) = stack.rows("SELECT * FROM audit")
    assert (left["action"], left["subject"]) == ("leave_copy", f"copy:{link}")
    assert user["user_id"] not in str(left)
    assert stack.rows("SELECT 1 FROM deployment") == []
    with urlopen(link) as answer:
        assert answer.status == 200


def test_who_takes_a_version_back_reads_which_copies_elsewhere_stay(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_site"]))
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 120)
    phone.say("Make the buttons green")
    phone.wait_for(lambda m: m.body.startswith("Version 2 of"), 120, after=first.position)
    phone.say("undo")
    told = phone.wait_for(lambda m: "is at version 1 now" in m.body, 30)

    copies = f"Copies at other services stay as they are:\n- {link_elsewhere(first)}"
    assert told.body.endswith(copies)


def test_an_operator_who_erases_a_user_reads_where_copies_stay(
    begin: Begin, hosting: Path, tmp_path: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_site"]))
    link = link_elsewhere(build(stack))
    (user,) = stack.rows("SELECT user_id FROM contact")

    erased = textcrew(stack, tmp_path, "erase-user", user["user_id"], "--yes")

    assert f"Still there, at Hosting: {link}" in erased.stdout
    listed = textcrew(stack, tmp_path, "audit-log", "--action", "leave_copy", "--json")
    assert [act["subject"] for act in json.loads(listed.stdout)] == [f"copy:{link}"]
    for subject in (link, f"copy:{link}"):
        found = textcrew(stack, tmp_path, "audit-log", "--subject", subject, "--json")
        assert found.stdout == listed.stdout


def test_an_app_is_deployed_elsewhere_over_http_and_the_link_works(
    begin: Begin, hosting: Path
) -> None:
    with served_over_http(hosting, free_address()) as url:
        stack = begin(hosting={"url": url, "hosts": ["127.0.0.1"], "tools": ["deploy_site"]})

        said = build(stack)

        with urlopen(link_elsewhere(said)) as answer:
            assert b"<h1>" in answer.read()


@pytest.mark.slow
@pytest.mark.browser
def test_a_budget_that_runs_short_while_it_is_deployed_keeps_no_proven_app_from_its_user(
    begin: Begin, hosting: Path
) -> None:
    stack = begin({"CHECK_APPS": "true"}, hosting=over_stdio(hosting, tools=["deploy_site"]))
    stack.hold_model("devops")
    phone = stack.phone()
    phone.say("Build me a counter")
    stack.await_call("devops")
    spend(stack, "5.00")
    stack.let_go()
    said = phone.wait_for(announced, 60)

    assert "*Counter* is ready" in said.body
    assert stack.rows("SELECT status, failure FROM build") == [
        {"status": "completed", "failure": None}
    ]


def test_who_is_online_with_a_change_already_is_not_asked_about_the_rest_of_its_deployment(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_site"]))
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 120)
    stack.hold_model("devops", after_turns=1)
    stack.claude.journal.clear()
    phone.say("Change the title to Birds")
    stack.await_call("devops", turn=2)
    assert stack.rows("SELECT 1 FROM project WHERE current_version = 2"), "nobody could try it here"
    spend(stack, "4.20")
    stack.let_go()

    told = phone.wait_for(
        lambda m: announced(m) or "Shall I go on?" in m.body, 60, after=first.position
    )
    assert "Version 2 of *Counter* is online" in told.body


def test_a_program_on_this_machine_gets_a_folder_with_the_files(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_folder"]))

    said = build(stack)

    with urlopen(link_elsewhere(said)) as answer:
        assert b"<h1>" in answer.read()
    assert calls(hosting)[0]["files"] == ["app.js", "icon.svg", "index.html", "styles.css"]


def test_only_the_agents_that_are_allowed_them_are_offered_the_tools(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, agents=["frontend"], tools=["look"]))

    build(stack, "Build me a counter [[frontend: mcp__hosting__look {}]]")

    assert [
        row["agent_type"]
        for row in stack.rows("SELECT agent_type FROM agent_offer JOIN agent USING (agent_id)")
    ] == ["frontend"]
    assert outcomes(stack) == [("look", "ok")]


def test_a_failing_a_slow_and_a_dying_tool_are_told_to_the_agent_and_nothing_else_fails(
    begin: Begin, hosting: Path
) -> None:
    slowly = over_stdio(hosting, tools=["wait_long"], timeout=2)
    stack = begin(hosting=over_stdio(hosting), slow=slowly)

    said = build(
        stack,
        "Build me a counter"
        ' [[devops: mcp__hosting__fail {"reason": "no"}]]'
        ' [[devops: mcp__slow__wait_long {"seconds": 600}]]'
        " [[devops: mcp__hosting__unheard_of {}]]"
        ' [[devops: mcp__hosting__talk {"characters": 100000}]]',
    )

    failed, slow, unknown, long = results(stack)[:4]
    assert failed["is_error"]
    assert "did not answer within 2 s" in slow["content"]
    assert "There is no tool" in unknown["content"]
    assert long["content"].endswith("[cut: 40000 more characters]")
    assert "is online" in said.body


def test_an_answer_that_no_database_holds_as_it_is_ends_no_build(
    begin: Begin, hosting: Path
) -> None:
    (hosting / "news").write_text("one\0two")
    stack = begin(hosting=over_stdio(hosting, is_odd=True))

    said = build(
        stack,
        "Build me a counter"
        " [[devops: mcp__hosting__news {}]]"
        " [[devops: mcp__hosting__odd_name {}]]",
    )

    read, named = results(stack)[:2]
    assert read["content"] == "one\ufffdtwo"
    assert named["content"] == "named"
    assert {("news", "ok"), ("odd\ufffdname", "ok")} <= set(outcomes(stack))
    assert link_elsewhere(said)


def test_a_server_that_dies_is_started_again_for_the_next_call(begin: Begin, hosting: Path) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_site", "die"]))

    said = build(stack, "Build me a counter [[devops: mcp__hosting__die {}]]")

    assert "connection broke" in results(stack)[0]["content"]
    assert link_elsewhere(said)
    assert [call["tool"] for call in calls(hosting)] == ["die", "deploy_site"]


def test_a_server_that_has_ended_the_session_is_called_in_a_new_one(
    begin: Begin, hosting: Path
) -> None:
    url = free_address()
    tools = ["deploy_site", "meet"]
    with served_over_http(hosting, url, SESSIONS) as endpoint:
        stack = begin(hosting={"url": endpoint, "hosts": ["127.0.0.1"], "tools": tools})
        stack.hold_model("devops")
        phone = stack.phone()
        meeting = '[[devops: mcp__hosting__meet {"number": %s, "of": 2}]]'
        phone.say(f"Build me a counter {meeting % 1} {meeting % 2}")
        stack.await_call("devops")
    with served_over_http(hosting, url, SESSIONS):  # as after a deployment of its own
        stack.let_go()
        said = phone.wait_for(announced, 60)

        with urlopen(link_elsewhere(said)) as answer:
            assert b"<h1>" in answer.read()
    assert [call["tool"] for call in calls(hosting)] == ["meet", "meet", "deploy_site"]
    assert {status for _, status in outcomes(stack)} == {"ok"}


def has_two_calls_under_way(stack: Stack, hosting: Path) -> Phone:
    """Let a build call a tool that waits, and one that only looks."""
    (hosting / "closed").touch()
    phone = stack.phone()
    phone.say(
        'Build me a counter [[devops: mcp__hosting__wait_long {"seconds": 600}]]'
        " [[devops: mcp__hosting__look {}]]"
    )
    eventually(lambda: {c["tool"] for c in calls(hosting)} == {"look", "wait_long"}, "both run")
    return phone


def test_a_server_that_ends_the_session_while_a_build_is_stopped_is_called_in_a_new_one(
    begin: Begin, hosting: Path
) -> None:
    url = free_address()
    tools = ["deploy_site", "look", "wait_long"]
    with served_over_http(hosting, url, SESSIONS) as endpoint:
        stack = begin(hosting={"url": endpoint, "hosts": ["127.0.0.1"], "tools": tools})
        phone = has_two_calls_under_way(stack, hosting)
        phone.say("stop")
        phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    (hosting / "closed").unlink()
    with served_over_http(hosting, url, SESSIONS):
        phone.say("try again")
        said = phone.wait_for(announced, 60)

        with urlopen(link_elsewhere(said)) as answer:
            assert b"<h1>" in answer.read()
    waited, looked = results(stack)[:2]
    assert "nobody knows whether it did its work" in waited["content"]
    assert "is_error" not in looked
    made = [call["tool"] for call in calls(hosting)]
    assert sorted(made) == ["deploy_site", "look", "look", "wait_long"]


def log_of_all(stack: Stack) -> str:
    """What the worker has said, or nothing until it has spoken of each server."""
    log = stack.program("worker").log.read_text()
    said = ("missing cannot", "closed cannot", "unset is", "both is")
    return log if all(name in log for name in said) else ""


def test_servers_that_cannot_start_cost_nothing_but_a_line_in_the_log(begin: Begin) -> None:
    stack = begin(
        missing={"command": "/nowhere/to/be/found"},
        closed={"url": "http://127.0.0.1:9/mcp"},
        unset={"command": "true", "env": {"TOKEN": "${NOBODY_SET_THIS}"}},
        both={"command": "true", "url": "http://127.0.0.1:9/mcp"},
    )

    said = build(stack)

    assert "You can also find it" not in said.body
    log = eventually(lambda: log_of_all(stack), "all are spoken of")
    assert "missing cannot be started: FileNotFoundError" in log
    assert "closed cannot be started: ConnectError" in log
    assert "unset is left out: the variable NOBODY_SET_THIS is not set" in log
    assert "both is left out: needs either a command or a url" in log


def test_a_link_that_does_not_answer_or_leads_inside_is_never_told(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, hosts=[]))

    said = build(stack)

    assert "You can also find it" not in said.body
    assert "127.0.0.1 is not a public address" in results(stack)[-1]["content"]


def test_calls_of_one_answer_run_at_the_same_time(begin: Begin, hosting: Path) -> None:
    stack = begin(hosting=over_stdio(hosting))

    build(
        stack,
        "Build me a counter "
        + " ".join(
            f'[[devops: mcp__hosting__meet {{"number": {n}, "of": 4}}]]' for n in range(1, 5)
        ),
    )

    assert outcomes(stack).count(("meet", "ok")) == 4, "none waited for another to end"


def test_a_call_that_a_crash_cut_off_is_not_made_again_silently(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting))
    phone = has_two_calls_under_way(stack, hosting)
    kill_with_children(stack.disturb().program("worker").process.pid)
    (hosting / "closed").unlink()
    stack.start_worker("second")

    phone.wait_for(announced, 90)

    waited, looked = results(stack)[:2]
    assert "nobody knows whether it did its work" in waited["content"]
    assert waited["is_error"]
    assert "is_error" not in looked  # the service says that a second look does no harm
    made = [call["tool"] for call in calls(hosting)]
    assert made.count("wait_long") == 1
    assert made.count("look") == 2


def test_every_call_is_traced(begin: Begin, hosting: Path) -> None:
    with otlp_receiver() as receiver:
        stack = begin(
            receiver.environment(),
            hosting=over_stdio(hosting, tools=["deploy_site", "fail"]),
        )
        build(stack, 'Build me a counter [[devops: mcp__hosting__fail {"reason": "no"}]]')
        stack.disturb().stop()

    spans = {span.name: span for span in receiver.spans if span.name.startswith("mcp_tool:")}
    deployed, failed = spans["mcp_tool:deploy_site"], spans["mcp_tool:fail"]
    assert deployed.attributes["tool_name"] == "deploy_site"
    assert deployed.attributes["server"] == "hosting"
    assert str(deployed.attributes["agent_id"]).startswith("devops_v1_")
    assert deployed.attributes["result_status"] == "ok"
    assert deployed.status == "OK"
    assert failed.attributes["result_status"] == "error"
    assert failed.status == "ERROR"
    # The library's own spans would tell the service our trace's ids.
    assert not [span for span in receiver.spans if "mcp" in span.scope]


def kill_with_children(pid: int) -> None:
    """What kill -9 of a container does."""
    process = psutil.Process(pid)
    for one in [process, *process.children(recursive=True)]:
        os.kill(one.pid, signal.SIGKILL)


def test_a_tool_that_the_model_api_would_refuse_is_left_out_and_keeps_no_app_from_its_user(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, is_odd=True))

    assert link_elsewhere(build(stack))
    assert ("deploy_site", "ok") in outcomes(stack)


def test_a_tool_that_passes_and_is_refused_all_the_same_is_left_out_by_who_is_refused(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting))
    refused = ClaudeFault(
        fault="refused_tool", role="devops", tool="mcp__hosting__wait_long", times=60
    )
    stack.claude.faults.add([refused])

    assert link_elsewhere(build(stack))
    assert ("deploy_site", "ok") in outcomes(stack)
    kept = stack.rows("SELECT tools FROM agent_offer JOIN agent USING (agent_id)")
    assert "mcp__hosting__wait_long" not in kept[0]["tools"]
    assert (
        "does without the tool mcp__hosting__wait_long" in stack.program("worker").log.read_text()
    )


def test_a_tool_that_is_refused_once_there_are_thoughts_is_left_out_in_a_fresh_conversation(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting))
    refused = ClaudeFault(
        fault="refused_tool",
        role="devops",
        after_turns=1,
        tool="mcp__hosting__wait_long",
        times=60,
    )
    stack.claude.faults.add([refused])

    assert link_elsewhere(build(stack))
    assert outcomes(stack).count(("deploy_site", "ok")) == 1
    errors = [call["error"] for call in stack.model_calls() if call["status"] == 400]
    assert len(errors) == 1, "thinking is not sent under other tools"
    agents = stack.rows(
        "SELECT version, termination_reason, tools LIKE '%wait_long%' AS has_it"
        " FROM agent JOIN agent_offer USING (agent_id) ORDER BY version"
    )
    assert [(a["version"], a["termination_reason"], a["has_it"]) for a in agents] == [
        (1, "context_window_exhausted", False),
        (2, "task_completed", False),
    ]


def test_ids_that_are_counted_from_the_start_in_each_answer_skip_no_call_and_no_question(
    begin: Begin, hosting: Path
) -> None:
    stack = begin(hosting=over_stdio(hosting, tools=["deploy_site"]))
    stack.claude.faults.add([ClaudeFault(fault="repeated_ids", times=999)])
    phone = stack.phone()
    phone.say(REQUEST_TEXT)
    colour = phone.wait_for(is_asked_for_colour, 60)
    phone.tap(colour, "Green")
    size = phone.wait_for(is_asked_for_size, 60, after=colour.position)
    phone.tap(size, "Large")
    said = phone.wait_for(announced, 90, after=size.position)

    with urlopen(link_elsewhere(said)) as answer:
        assert "<h1>" in answer.read().decode()
    assert is_green(styles_of(said))
    assert len(calls(hosting)) == 1
    assert outcomes(stack) == [("deploy_site", "ok"), ("report_deployment", "ok")]
    answers = stack.rows("SELECT answer FROM question ORDER BY position")
    assert [row["answer"] for row in answers] == ["Green", "Large"]
    assert not stack.rows("SELECT FROM turn WHERE answer LIKE '%call\\_0%'")
