"""What an agent leaves is told in the order in which its successor needs the files it names."""

from bot.crew.successor_material import left_to_do
from handoffs.checkpoints import Turn
from tests.handoff_examples import a_new_item, closing, some_facts, some_notes


def test_what_is_left_comes_before_what_was_read() -> None:
    facts = some_facts(
        items=("Lay out index.html", "Colour it in styles.css", "Store it in app.js")
    )
    uses = Turn(
        number=1,
        answer=[
            {"type": "tool_use", "id": "1", "name": "read_file", "input": {"path": "icon.svg"}},
            {"type": "tool_use", "id": "2", "name": "check_page", "input": {"pictures": False}},
        ],
        stop_reason="tool_use",
        results=[],
    )
    noted = some_notes(closing(1, "index.html"), a_new_item("Add the logo to head.js"))

    left = left_to_do(facts, noted, [uses])

    assert "index.html" not in left, "it is done"
    places = [left.index(path) for path in ("head.js", "styles.css", "app.js", "icon.svg")]
    assert places == sorted(places)
    assert left_to_do(facts, None, [uses]).splitlines()[0] == "Lay out index.html"
