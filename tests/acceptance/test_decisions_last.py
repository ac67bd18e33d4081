"""What was decided when an app was made is known to whoever changes it, and to nobody else."""

import json
from html import unescape

from tests.acceptance.stack import Stack, announced

KEPT = "What is entered is kept in localStorage"  # noted by every engineer of the stand-in
ROUND = "Round all sums up, <never> down"


def briefs(stack: Stack) -> dict[str, str]:
    """What planner and engineer of the newest build were told at first."""
    rows = stack.rows(
        "SELECT agent_type, opening FROM agent"
        " WHERE request_id = (SELECT request_id FROM build ORDER BY created_at DESC LIMIT 1)"
        " AND agent_type IN ('orchestrator', 'frontend')"
    )
    told = {row["agent_type"]: json.loads(row["opening"])[0]["text"] for row in rows}
    assert told.keys() == {"orchestrator", "frontend"}
    return told


def decided(stack: Stack) -> list[str]:
    """What stands of earlier decisions in both."""
    planner, engineer = briefs(stack)["orchestrator"], briefs(stack)["frontend"]
    parts = [
        brief.partition("<earlier_decisions>\n")[2].partition("\n</earlier_decisions>")[0]
        for brief in (planner, engineer)
    ]
    assert parts[0] == parts[1]
    return [line.removeprefix("- ") for line in parts[0].splitlines()[1:]]


def test_decisions_go_with_the_app_and_with_what_is_undone(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    said = phone.wait_for(announced, 60)
    assert decided(stack) == []
    assert "<user>\nnone\n</user>" in briefs(stack)["orchestrator"]  # it is no past project

    noted = json.dumps({"decision": ROUND, "reason": "they are prices", "rejected": []})
    phone.say(f"Change the title to Groceries [[frontend: note_decision {noted}]]")
    said = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=said.position)
    (kept,) = decided(stack)
    assert kept.startswith(f"{KEPT} (because ")

    # Conversations go after a while; what was decided in them stays with the app.
    assert stack.rows("DELETE FROM turn RETURNING number")
    phone.say("Change the title to Errands")
    said = phone.wait_for(lambda m: "Version 3" in m.body, 60, after=said.position)
    assert decided(stack) == [kept, f"{ROUND} (because they are prices)"]
    assert "You go on with what" in briefs(stack)["frontend"]

    for _ in range(2):
        phone.say("undo")
        said = phone.wait_for(lambda m: "version" in m.body.lower(), 30, after=said.position)
    phone.say("Change the title to Shopping")
    said = phone.wait_for(lambda m: "Version 4" in m.body, 60, after=said.position)
    assert decided(stack) == [kept]

    phone.say("Build me a counter")
    said = phone.wait_for(announced, 60, after=said.position)
    assert decided(stack) == []

    phone.say("forget me")
    said = phone.wait_for(lambda m: "Shall I?" in m.body, 30, after=said.position)
    phone.say("yes")
    said = phone.wait_for(lambda m: True, 30, after=said.position)
    assert stack.rows("SELECT count(*) AS n FROM turn") == [{"n": 0}]
    assert stack.rows("SELECT count(*) AS n FROM decision") == [{"n": 0}]


def test_undo_and_redo_take_requirements_and_decisions_along(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app")
    said = phone.wait_for(announced, 60)
    noted = json.dumps({"decision": ROUND, "reason": "they are prices", "rejected": []})
    phone.say(f"Change the title to Groceries [[frontend: note_decision {noted}]]")
    said = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=said.position)
    (project,) = stack.rows("SELECT project_id FROM project")

    def standing() -> list[tuple[str, bool]]:
        rows = stack.rows(
            "SELECT state, holds FROM requirements_of(%(project_id)s, NULL) ORDER BY number",
            project,
        )
        return [(row["state"], row["holds"]) for row in rows]

    # As where the browser has found both versions sound.
    stack.rows("UPDATE requirement SET met_in = ARRAY[number] RETURNING number")
    assert standing() == [("met", True), ("met", True)]
    phone.say("undo")
    said = phone.wait_for(lambda m: "version" in m.body.lower(), 30, after=said.position)
    assert standing() == [("met", True), ("open", False)]
    phone.say("redo")
    said = phone.wait_for(lambda m: "version" in m.body.lower(), 30, after=said.position)
    assert standing() == [("met", True), ("met", True)]

    phone.say("Make it green")
    phone.wait_for(lambda m: "Version 3" in m.body, 60, after=said.position)
    engineer = unescape(briefs(stack)["frontend"])
    assert f"{ROUND} (because they are prices)" in engineer
    assert "[does, met in version 2] Change the title to Groceries" in engineer


def test_no_form_of_a_plan_stands_in_a_brief(stack: Stack) -> None:
    phone = stack.phone()
    phone.say('Build me a pink notes app called "Salt & Pepper"')
    phone.wait_for(announced, 60)

    for text in map(unescape, briefs(stack).values()):
        assert '"agents_needed"' not in text
    engineer = unescape(briefs(stack)["frontend"])
    assert "<plan>\nTitle: Salt & Pepper\nWhat the user was told they get: " in engineer
    (handoff,) = stack.rows("SELECT document FROM handoff ORDER BY created_at LIMIT 1")
    parts = {part["name"]: part["content"] for part in handoff["document"]["upstream_dependencies"]}
    assert parts["plan"].startswith("Title: Salt & Pepper\n")
