"""What the model is told of its tools, and what it reads of a file."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.checks.limits import TIME_LIMIT
from bot.crew.agent_specs import CREW
from bot.crew.deployments import REPORT_DEPLOYMENT
from bot.crew.excerpts import excerpt
from bot.crew.mcp_tools import as_tool
from bot.crew.tools import RESULT_LIMIT, Tool
from bot.errors import WorkspaceError
from bot.projects.workspace import MAX_FILE_SIZE
from bot.sites.file_types import TEXT_TYPES

TOOLS = {tool.name: tool for card in CREW for tool in card.tools}
TOOLS[REPORT_DEPLOYMENT.name] = as_tool(REPORT_DEPLOYMENT)
ALONE = "must be the only tool of its turn"

tools = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
TEN = "".join(f"line {number}\n" for number in range(1, 11))


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    named = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    for part in [*named, *schema.get("anyOf", [])]:
        yield from parts(part)
    if "items" in schema:
        yield from parts(schema["items"])


@tools
def test_a_tool_says_when_it_is_for_when_not_and_what_comes_back(tool: Tool) -> None:
    told = tool.description
    assert "Use it " in told or "use this " in told
    assert any(word in told for word in ("Not ", "not ", "no longer"))
    assert any(word in told for word in ("Gives ", "Answers ", "a line for each"))


@tools
def test_a_schema_holds_nothing_but_what_the_model_needs(tool: Tool) -> None:
    schema: Any = tool.specification["input_schema"]
    assert "description" not in schema
    assert not [part for part in parts(schema) if "title" in part]
    fields = schema.get("properties", {})
    assert [name for name, field in fields.items() if not field.get("description")] == [
        name for name in fields if (tool.name, name) == ("try_page", "criteria")
    ]


def test_limits_are_told_as_they_are() -> None:
    writing = TOOLS["write_file"].description
    assert f"{MAX_FILE_SIZE:,} bytes" in writing
    assert all(f".{ending}" in writing for ending in TEXT_TYPES)
    assert f"{RESULT_LIMIT:,} characters" in TOOLS["read_file"].description
    for name in ("check_page", "try_page"):
        assert ALONE in TOOLS[name].description
        assert f"{TIME_LIMIT:.0f} seconds" in TOOLS[name].description


def test_a_file_that_fits_is_read_to_the_letter() -> None:
    for text in ("", "\n", "one", "one\n", "a\r\nb\u2028c\n\n"):
        assert excerpt("a.txt", text, None, None, RESULT_LIMIT) == text


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (3, 4, "line 3\nline 4\n[lines 3 to 4 of 10]"),
        (None, 1, "line 1\n[lines 1 to 1 of 10]"),
        (10, None, "line 10\n[lines 10 to 10 of 10]"),
        (9, 400, "line 9\nline 10\n[lines 9 to 10 of 10]"),
        (1, 10, TEN),
    ],
)
def test_a_range_of_lines_says_what_it_is(first: int | None, last: int | None, shown: str) -> None:
    assert excerpt("a.txt", TEN, first, last, RESULT_LIMIT) == shown


@pytest.mark.parametrize(("first", "last"), [(11, None), (0, 3), (-2, None), (5, 4), (None, 0)])
def test_lines_that_there_are_not_are_refused(first: int | None, last: int | None) -> None:
    with pytest.raises(WorkspaceError, match=r"'a\.txt' has lines 1 to 10; there are no lines"):
        excerpt("a.txt", TEN, first, last, RESULT_LIMIT)


def test_a_long_file_can_be_read_piece_by_piece_until_nothing_is_left() -> None:
    lines = [f"{number} {'x' * 90}" for number in range(1, 2_001)]
    text, read, first = "\n".join(lines) + "\n", [], 1
    while first <= len(lines):
        *shown, told = excerpt("a.js", text, first, None, RESULT_LIMIT).split("\n")
        assert len("\n".join([*shown, told])) <= RESULT_LIMIT
        read += shown
        first += len(shown)
        is_last = first > len(lines)
        more = "" if is_last else f", the rest is cut: read on with first_line {first}"
        assert told.endswith(f"of 2000{more}]")
        assert told.startswith("[lines")
    assert read == lines


def test_a_line_that_is_too_long_itself_says_how_much_is_missing() -> None:
    shown = excerpt("a.js", "x" * 70_000 + "\nend\n", None, None, RESULT_LIMIT)
    assert len(shown) <= RESULT_LIMIT
    assert shown.endswith("[cut: line 1 of 2 has 10,200 more characters, which cannot be read]")
    assert excerpt("a.js", "x" * 70_000 + "\nend\n", 2, None, RESULT_LIMIT).startswith("end\n")
