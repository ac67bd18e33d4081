"""Advice of one build reaches those who make the next change, and is gone once it was followed."""

import json
import re

from tests.acceptance.stack import Stack, announced

NOTE = "app.js: Nothing is said when nothing was entered."


def told(stack: Stack) -> dict[str, str]:
    """What is open, as planner, engineer and reviewer of the newest build read it at first."""
    rows = stack.rows(
        "SELECT agent_type, opening FROM agent"
        " WHERE request_id = (SELECT request_id FROM build ORDER BY created_at DESC LIMIT 1)"
        " AND agent_type IN ('orchestrator', 'frontend', 'code_reviewer')"
    )
    found = {}
    for row in rows:
        text = json.loads(row["opening"])[0]["text"]
        noted = re.search(r"<open_notes>\n(.*?)\n</open_notes>", text, re.S)
        found[row["agent_type"]] = noted[1] if noted else ""
    return found


def test_advice_is_followed_with_the_next_change_and_then_gone(stack: Stack) -> None:
    phone = stack.phone()
    after = 0

    def ask(request_text: str) -> dict[str, str]:
        nonlocal after
        phone.say(request_text)
        after = phone.wait_for(announced, 60, after=after).position
        return told(stack)

    assert set(ask("Build me a hasty counter").values()) == {""}

    # Nobody reads the code of a change of looks, so nobody is to change it either.
    of_looks = ask("Make it green")
    assert NOTE in of_looks["orchestrator"]
    assert of_looks["frontend"] == ""
    said = [m.body for m in phone.messages() if m.direction == "outbound"]
    assert any("I'll make that change: “Make it green”" in body for body in said)
    assert stack.rows("SELECT kind FROM requirement WHERE words = 'Make it green'") == [
        {"kind": "looks"}
    ]

    followed = ask("Add a due date")
    assert followed.keys() == {"orchestrator", "frontend", "code_reviewer"}
    assert all(NOTE in note and "advice" in note for note in followed.values())
    ((script,),) = [
        row.values()
        for row in stack.rows(
            "SELECT convert_from(content, 'UTF8') FROM workspace_file"
            " JOIN blob USING (project_id, sha256) WHERE path = 'app.js'"
        )
    ]
    assert "TODO" not in script
    assert set(ask("Add a search").values()) == {""}

    for _ in range(2):
        phone.say("undo")
        after = phone.wait_for(lambda m: "version" in m.body.lower(), 30, after=after).position
    assert NOTE in ask("Add a filter")["frontend"]


def test_who_reads_the_code_again_knows_what_was_noted_of_it_in_the_round_before(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a sloppy and hasty counter")
    phone.wait_for(announced, 60)

    first, second = stack.rows(
        "SELECT opening FROM agent WHERE agent_type = 'code_reviewer' ORDER BY spawned_at"
    )
    assert "<open_notes>" not in first["opening"]
    assert "<open_notes>" not in second["opening"]  # nothing that is not to be fixed already
    assert "<earlier_findings>\\n- [code_reviewer, blocking] app.js: bug 1" in second["opening"]
    assert f"[code_reviewer, advice] {NOTE}" in second["opening"]
    assert "<fixed_lines>\\n--- before/app.js\\n+++ now/app.js" in second["opening"]
