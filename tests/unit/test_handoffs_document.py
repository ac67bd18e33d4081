"""The document as JSON and as Markdown, old versions of it, and bad ones."""

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoffs.agent_notes import AgentNotes, read_notes
from handoffs.compose import compose
from handoffs.document import SCHEMA_VERSION, HandoffDocument, LastCheck, storable
from handoffs.errors import InvalidDocument
from handoffs.markdown import to_markdown
from handoffs.resume_prompt import opening_text
from handoffs.upgrades import load_document
from tests.handoff_examples import (
    EXHAUSTED,
    REQUEST_TEXT,
    a_document,
    a_new_item,
    an_agent,
    handed_to,
    some_facts,
    some_notes,
)

SCHEMA_1 = Path(__file__).with_name("handoff_schema_1.json")
SCHEMA_2 = Path(__file__).with_name("handoff_schema_2.json")

any_text = st.text(max_size=60)
any_texts = st.lists(any_text, max_size=4)


@given(any_text, any_texts, any_texts, any_texts)
def test_json_and_back_gives_the_same_document(
    message: str, later: list[str], items: list[str], constraints: list[str]
) -> None:
    facts = some_facts(messages=(message, *later))
    notes = some_notes(*map(a_new_item, items), constraints=constraints)
    document = handed_to(compose(facts, notes, EXHAUSTED), 2)
    assert load_document(document.to_json()) == document
    assert "\x00" not in document.messages


def test_characters_that_jsonb_refuses_are_replaced() -> None:
    assert storable("a\x00b\ud83d") == "a\ufffdb\ufffd"
    assert storable("🙏 ok") == "🙏 ok"


def test_markdown_shows_every_part_that_holds_something() -> None:
    text = to_markdown(handed_to(a_document(), 2))
    for expected in (
        "# Handoff frontend_v1_abc121 → frontend_v2_abc122",
        "| progress | 1 of 3 items (33.3 %) |",
        '> Build me a todo app with modern UI & "dark mode"\n> and <b>no</b> tracking',
        "- Keep todos in localStorage — no server (frontend_v1)",
        "- IndexedDB — too much",
        "- [x] 1. Lay out the page (`index.html`)",
        "- [ ] 2. Add and tick off todos",
        "152000 of the 200000 working budget",
        "| cost | $0.0421 |",
    ):
        assert expected in text
    assert "## Errors" not in text


def test_a_document_of_schema_version_1_still_loads() -> None:
    document = load_document(SCHEMA_1.read_text("utf-8"))
    assert document.schema_version == SCHEMA_VERSION
    assert document.messages == (REQUEST_TEXT,)
    assert [(item.number, item.passes) for item in document.todo_list] == [
        (1, True),
        (2, False),
        (3, False),
    ]


def test_a_document_of_schema_version_2_still_loads_and_is_shown() -> None:
    document = load_document(SCHEMA_2.read_text("utf-8"))
    assert document.schema_version == SCHEMA_VERSION
    assert (document.known_faults, document.failed_attempts, document.last_check) == ((), (), None)
    assert len(document.todo_list) == 3
    assert load_document(document.to_json()) == document
    assert "Known faults" not in to_markdown(document)
    assert "<last_check>" not in opening_text(document, document.work_completed, "frontend")


def test_faults_failed_attempts_and_the_last_check_have_their_place() -> None:
    facts = replace(
        some_facts(),
        known_faults=("[buttons, blocking]: `Add` does nothing",),
        last_check=LastCheck(result="2 of 3 criteria are met", is_current=False),
    )
    document = compose(facts, some_notes(attempts=["a dialog"]), EXHAUSTED)
    assert load_document(document.to_json()) == document
    assert {"known_faults", "failed_attempts", "last_check"} <= set(document.categories)
    told = to_markdown(handed_to(document, 2))
    assert "## Known faults\n\n- [buttons, blocking]: `Add` does nothing" in told
    assert "## Failed attempts\n\n- a dialog — refused" in told
    assert "## Last check\n\nBefore the files changed:\n\n> 2 of 3 criteria are met" in told


@given(st.integers(0, 10**9), st.lists(st.tuples(any_text, st.booleans()), max_size=6))
def test_no_percentage_is_above_a_hundred(occupancy: int, items: list[tuple[str, bool]]) -> None:
    facts = some_facts(replace(an_agent(), occupancy=occupancy))
    notes = [a_new_item(text, passes=passes) for text, passes in items]
    document = compose(facts, some_notes(*notes), EXHAUSTED)
    assert 0 <= document.progress.completion_percentage <= 100
    assert 0 <= document.token_usage.usage_percentage <= 100


def test_a_schema_1_document_that_is_not_whole_is_refused() -> None:
    old = json.loads(SCHEMA_1.read_text("utf-8"))
    del old["todo"]
    with pytest.raises(InvalidDocument, match=r"not a whole document of schema version 1.*todo"):
        load_document(old)


def _spoiled(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(a_document().to_json())
    return document | changes


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (a_document().to_json()[:-40], r"document: not complete JSON \(.*line 1"),
        ("", "document: not complete JSON"),
        ("[" * 200_000, "document: not complete JSON"),
        (b"\xff\xfe\x00", "document: not complete JSON"),
        ("[]", "document: must be a JSON object"),
        ({}, "schema_version: null is not known, only 1 to 3 are"),
        (_spoiled(schema_version=4), "schema_version: 4 is not known"),
        (_spoiled(schema_version="2"), 'schema_version: "2" is not known'),
        (_spoiled(schema_version=True), "schema_version: true is not known"),
        (_spoiled(todo_list="all of it"), "todo_list: Input should be a valid"),
        (_spoiled(todo_list=[{"number": "1"}]), r"todo_list\[0\]\.number: .*integer"),
        (_spoiled(decisions=[{"decision": "x"}]), r"decisions\[0\]\.reason: Field required"),
        (_spoiled(mood="good"), "mood: Extra inputs are not permitted"),
        (_spoiled(reason="boredom"), "reason: Input should be 'context_window_exhausted'"),
        (_spoiled(created_at="2026-01-01T00:00:00"), "created_at: .*timezone"),
        (_spoiled(messages=[]), "messages: .*at least 1 item"),
        (_spoiled(user_id=None), "user_id: Input should be a valid string"),
    ],
    ids=map(str, itertools.count()),  # the documents' ids are random
)
def test_a_bad_document_is_refused_with_its_field_and_the_reason(
    stored: str | bytes | dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidDocument, match=sentence):
        load_document(stored)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | any_text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
        max_leaves=10,
    ),
    st.sampled_from(sorted(HandoffDocument.model_fields)),
)
def test_whatever_stands_in_a_field_is_read_or_refused_by_name(value: Any, field: str) -> None:
    try:
        document = load_document(_spoiled(**{field: value}))
    except InvalidDocument as error:
        told = str(error)
    else:
        told = f"{field} was read"
        assert document == load_document(document.to_json())
    assert field in told or told.startswith("document: ")


def test_many_faults_are_counted_and_only_the_first_are_told() -> None:
    with pytest.raises(InvalidDocument, match=r"And \d+ more\.$"):
        load_document({"schema_version": SCHEMA_VERSION})


def test_the_schema_of_notes_requires_every_field_and_allows_no_other() -> None:
    schema = AgentNotes.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


def test_notes_that_do_not_fit_name_the_field() -> None:
    answer = json.loads(some_notes().model_dump_json())
    assert read_notes(json.dumps(answer)) == some_notes()
    answer["todo_list"] = [{"number": 1, "passes": "perhaps"}]
    with pytest.raises(InvalidDocument, match=r"todo_list\[0\]\.description: Field required"):
        read_notes(json.dumps(answer))
    with pytest.raises(InvalidDocument, match="Invalid JSON"):
        read_notes("Sure! Here is")
