"""After a stop nothing more happens, wherever the build was; and it can be taken up again."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.lending import Lender
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.mcp_server import over_stdio

QUIET = 2.0  # seconds in which nothing may follow a confirmation
ABORTED = 30.0  # seconds in which no model call is under way any more; each is held for longer
ROLES = ("orchestrator", "designer", "frontend", "code_reviewer")
TOOLS = {
    "list_files": "frontend",
    "write_file": "frontend",
    "note_decision": "frontend",
    "read_file": "frontend",
    "replace_in_file": "frontend",
}


def read(link: str) -> bytes:
    with urlopen(link) as answer:
        content: bytes = answer.read()
        return content


def stop(stack: Stack, phone: Phone, words: str = "STOP please!") -> PhoneMessage:
    """Say it; when the confirmation has come, nothing may follow: no call, version or word.

    A call that was on its way to the model when the stop came is let go with its build.
    """
    phone.say(words)
    confirmation = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    eventually(
        lambda: (
            not stack.rows(
                "SELECT FROM procrastinate_jobs WHERE status = 'doing' AND task_name = 'run_build'"
            )
        ),
        "nobody works on it",
        seconds=ABORTED,
    )
    begun, shown = len(stack.model_calls()), versions(stack)

    assert list(phone.stream(after=confirmation.position, seconds=QUIET)) == []
    assert len(stack.model_calls()) == begun
    assert versions(stack) == shown
    eventually(
        lambda: all(call["ended_at"] for call in stack.model_calls()),
        "no call is under way",
        seconds=ABORTED,
    )
    eventually(
        lambda: not stack.rows("SELECT 1 FROM agent WHERE terminated_at IS NULL"),
        "no agent is at work",
    )
    assert not stack.rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'failed'")
    return confirmation


def versions(stack: Stack) -> int:
    return len(stack.rows("SELECT 1 FROM version WHERE NOT is_draft"))


def has_title(stack: Stack, title: str) -> bool:
    return bool(
        stack.rows(
            "SELECT FROM workspace_file JOIN blob USING (project_id, sha256)"
            " WHERE strpos(convert_from(content, 'utf8'), %(title)s) > 0",
            {"title": f"<h1>{title}"},
        )
    )


def goes_on(phone: Phone, stopped: PhoneMessage) -> None:
    phone.say("try again")
    phone.wait_for(lambda m: "where I left off" in m.body, 30, after=stopped.position)
    phone.wait_for(announced, 60, after=stopped.position)


@pytest.mark.parametrize("role", ROLES)
def test_in_every_phase(stack: Stack, role: str) -> None:
    stack.hold_model(role)
    phone = stack.phone()
    phone.say("Build me a counter")
    stack.await_call(role)

    stopped = stop(stack, phone)

    stack.let_go()
    goes_on(phone, stopped)


@pytest.mark.parametrize(("tool", "role"), TOOLS.items())
def test_in_every_tool(stack: Stack, tool: str, role: str) -> None:
    phone = stack.phone()
    turns = stack.turns(role)
    phone.say("Build me a quiz, step by step")
    assert next(tools for tools in turns if tool in tools)

    stopped = stop(stack, phone, "stop!")

    stack.let_go()
    goes_on(phone, stopped)


def test_a_stop_overtakes_what_was_said_before_it(stack: Stack) -> None:
    stack.hold_model("router")
    phone = stack.phone()
    phone.say("Build me a counter")
    stack.await_call("router")
    phone.say("And a quiz, too")
    phone.say("cancel")
    told = phone.wait_for(lambda m: bool(m.body), 30)
    begun = len(stack.model_calls())
    stack.let_go()

    assert "Nothing is being built right now" in told.body
    assert list(phone.stream(after=told.position, seconds=4)) == []
    assert len(stack.model_calls()) == begun
    number = phone.say("Build me a todo app")
    phone.wait_for(announced, 60)
    assert stack.rows(
        "SELECT status FROM request JOIN inbound_message USING (request_id)"
        " WHERE request.user_id = (SELECT user_id FROM inbound_message WHERE message_sid = %(sid)s)"
        " ORDER BY accepted_at",
        {"sid": number},
    ) == [{"status": status} for status in ("stopped", "stopped", "completed", "completed")]


def test_a_stop_that_is_a_no_too_overtakes_what_was_said_before_it(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Maybe an app for plants some day")
    phone.wait_for(lambda m: "are we just talking?" in m.body, 30)
    stack.claude.journal.clear()
    stack.hold_model("router")
    phone.say("Build me a counter")
    stack.await_call("router")
    phone.say("stop")
    told = phone.wait_for(lambda m: m.body.startswith("OK, I won't build that"), 30)
    begun = len(stack.model_calls())
    stack.let_go()

    assert list(phone.stream(after=told.position, seconds=4)) == []
    assert len(stack.model_calls()) == begun
    assert stack.rows("SELECT 1 FROM build") == []
    assert stack.rows("SELECT status FROM request ORDER BY accepted_at") == [
        {"status": status} for status in ("completed", "stopped", "completed")
    ]


def test_a_stopped_change_is_kept_apart_from_what_the_link_shows(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app")
    first = phone.wait_for(announced, 60)
    stack.claude.journal.clear()
    turns = stack.turns("frontend")
    phone.say("Change the title to Groceries, step by step")
    for after, _ in enumerate(turns, start=2):
        stack.await_call("frontend", turn=after)
        if has_title(stack, "Groceries"):
            break
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    assert "What is online stays as it is." in stopped.body
    stack.let_go()

    phone.say("versions")
    listed = phone.wait_for(lambda m: "The versions of" in m.body, 30)
    assert "unfinished; *try again*" in listed.body
    phone.say("Make it green")
    green = phone.wait_for(announced, 60, after=stopped.position)
    assert link_in(green) == link_in(first)
    assert b"Groceries" not in read(link_in(green))
    phone.say("try again")
    told = phone.wait_for(lambda m: "newer version now" in m.body, 30, after=green.position)
    phone.say("versions")
    listed = phone.wait_for(lambda m: "The versions of" in m.body, 30, after=told.position)
    assert "unfinished\n" in listed.body
    assert read(link_in(first)) == read(link_in(green)), "what is shown stays as it is"


def test_a_change_stopped_where_every_file_is_deleted_leaves_what_the_link_shows(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app")
    first = phone.wait_for(announced, 60)
    files = stack.rows("SELECT path, sha256 FROM workspace_file ORDER BY path")
    orders = [f"[[frontend: delete_file {json.dumps({'path': one['path']})}]]" for one in files]
    stack.hold_model("frontend", after_turns=1)
    stack.claude.journal.clear()
    phone.say(f"Change the title to Groceries {' '.join(orders)}")
    stack.await_call("frontend", turn=2)
    assert not stack.rows("SELECT FROM workspace_file")

    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.let_go()

    assert stack.rows("SELECT path, sha256 FROM workspace_file ORDER BY path") == files
    phone.say("Make it green")
    green = phone.wait_for(announced, 60, after=stopped.position)
    assert link_in(green) == link_in(first)
    assert stack.rows("SELECT workflow FROM build ORDER BY created_at")[-1] == {
        "workflow": "bug_fix"
    }
    assert b"Groceries" not in read(link_in(green))


def test_where_an_engineer_publishes(lender: Lender, tmp_path: Path) -> None:
    hosting = tmp_path / "hosting"
    hosting.mkdir()
    servers = {"mcpServers": {"hosting": over_stdio(hosting)}}
    (tmp_path / "mcp.json").write_text(json.dumps(servers))
    with lender.lend({"MCP_CONFIG": str(tmp_path / "mcp.json")}) as stack:
        phone = stack.phone()
        turns = stack.turns("devops")
        phone.say("Build me a quiz")
        assert next(tools for tools in turns if "publish_version" in tools)

        stopped = stop(stack, phone, "stop!")

        stack.let_go()
        goes_on(phone, stopped)


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_in_the_browser_check(lender: Lender) -> None:
    with lender.lend({"CHECK_APPS": "true"}) as stack:
        stack.hold_model("code_reviewer")  # who judges beside QA
        phone = stack.phone()
        phone.say("Build me a counter")
        eventually(lambda: stack.rows("SELECT 1 FROM build WHERE phase = 'review'"), "it is tried")
        stopped = stop(stack, phone)
        stack.let_go()
        goes_on(phone, stopped)
