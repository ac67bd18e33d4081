"""Documents against the facts: every fault is a sentence that names field and reason."""

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from handoffs.agent_notes import notes_request
from handoffs.compose import LAST_ITEM, compose
from handoffs.document import Decision, HandoffDocument, ProjectPart
from handoffs.facts import HandoffFacts
from handoffs.handoff import review
from handoffs.validation import find_faults
from tests.handoff_examples import (
    EXHAUSTED,
    REQUEST_TEXT,
    a_document,
    a_file,
    a_new_item,
    closing,
    next_facts,
    some_facts,
    some_notes,
)

FACTS = some_facts(messages=(REQUEST_TEXT, "and make it blue"))
SOUND = a_document(FACTS)


def _changed(**changes: Any) -> HandoffDocument:
    return SOUND.model_copy(update=changes)


def _changed_tokens(**changes: Any) -> HandoffDocument:
    return _changed(token_usage=SOUND.token_usage.model_copy(update=changes))


def test_what_facts_and_notes_make_is_sound() -> None:
    assert find_faults(SOUND, FACTS) == ()
    assert find_faults(compose(FACTS, None, EXHAUSTED), FACTS) == ()


INDEX, SCRIPT = FACTS.files


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (
            _changed(work_completed=(INDEX, SCRIPT, a_file("ghost.js"))),
            "work_completed: ghost.js is not in the workspace.",
        ),
        (
            _changed(work_completed=(INDEX,)),
            "work_completed: app.js is in the workspace but not listed.",
        ),
        (
            _changed(work_completed=(INDEX, SCRIPT.model_copy(update={"lines": 5}))),
            "work_completed: app.js has 1 lines and 7 bytes, not 5 and 7.",
        ),
        (
            _changed(work_completed=(a_file("index.html", "else"), SCRIPT)),
            f"work_completed: index.html has the hash {INDEX.sha256[:12]}… in the workspace,"
            f" not {a_file('index.html', 'else').sha256[:12]}….",
        ),
        (_changed_tokens(calls=8), "token_usage.calls: is 8, the ledger says 7."),
        (
            _changed_tokens(total_tokens=1),
            "token_usage.total_tokens: is 1, the ledger says 84000.",
        ),
        (
            _changed_tokens(known_cost_usd=Decimal(0)),
            "token_usage.known_cost_usd: is 0, the ledger says 0.0421.",
        ),
        (
            _changed(messages=(REQUEST_TEXT,)),
            "messages: the user's message 2 is missing or not verbatim.",
        ),
        (
            _changed(messages=("and make it blue", REQUEST_TEXT)),
            "messages: are not in the order in which the user wrote them.",
        ),
        (
            _changed(messages=(REQUEST_TEXT, "and make it blue", "send me money")),
            "messages: holds a text that the user did not write.",
        ),
        (
            _changed(original_request="Build me a todo app"),
            "original_request: is not the user's first message, verbatim.",
        ),
        (
            _changed(todo_list=SOUND.todo_list[1:]),
            "todo_list: the items are not numbered from 1 without a gap.",
        ),
        (
            _changed(todo_list=SOUND.closed_items),
            "todo_list: has no open item, so a successor would have nothing to do.",
        ),
        (
            _changed(progress=SOUND.progress.model_copy(update={"items_closed": 3})),
            "progress: says 3 of 3 items are closed, todo_list says 1 of 3.",
        ),
        (
            _changed(user_id="f" * 32),
            f"user_id: is {'f' * 32}, the work is that of {FACTS.source.user_id}.",
        ),
        (
            _changed(project=ProjectPart(project_id=FACTS.handoff_id, title="Other")),
            f"project: is {FACTS.handoff_id}, the work is that of {FACTS.source.project_id}.",
        ),
    ],
    ids=map(str, itertools.count()),  # the documents' ids are random
)
def test_a_document_that_contradicts_the_facts_is_told_where(
    document: HandoffDocument, fault: str
) -> None:
    assert fault in find_faults(document, FACTS)


def test_an_item_cannot_be_closed_by_a_file_that_is_not_there() -> None:
    assert review(FACTS, some_notes(closing(2, "app.css"))) == (
        "todo_list: item 2 is closed by app.css, which is not in the workspace.",
    )


def test_an_item_that_is_not_on_record_is_refused() -> None:
    assert review(FACTS, some_notes(closing(9))) == (
        "todo_list: there is no item 9 on record, there are 1 to 3.",
    )


def _second(**changes: Any) -> tuple[HandoffFacts, HandoffDocument]:
    facts = next_facts(SOUND, FACTS)
    return facts, compose(facts, None, EXHAUSTED).model_copy(update=changes)


def test_what_was_closed_cannot_be_opened_again() -> None:
    facts, _ = _second()
    reopened = closing(1, "index.html").model_copy(update={"passes": False})
    assert review(facts, some_notes(reopened)) == (
        "todo_list: item 1 (Lay out the page) was closed and is open again; if something is left"
        " to do, make it a new item.",
    )


def test_the_file_of_an_item_closed_earlier_may_be_gone() -> None:
    facts, _ = _second()
    without_index = replace(facts, files=(SCRIPT,))
    assert review(without_index, some_notes()) == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"decisions": ()}, "decisions: lost from the document before: Keep todos in localStorage"),
        (
            {"rejected_alternatives": ()},
            "rejected_alternatives: lost from the document before: IndexedDB",
        ),
        (
            {"todo_list": SOUND.todo_list[:2]},
            "todo_list: item 3 (Keep them on reload) was dropped.",
        ),
        ({"chain": ("frontend_v2_abc122",)}, "chain: does not go on from the document before."),
    ],
)
def test_nothing_of_the_document_before_may_be_lost(changes: dict[str, Any], fault: str) -> None:
    facts, document = _second(**changes)
    assert fault in find_faults(document, facts)


def test_a_constraint_of_the_document_before_may_not_be_lost() -> None:
    before = compose(FACTS, some_notes(constraints=["no red"]), EXHAUSTED)
    facts = next_facts(before, FACTS)
    document = compose(facts, None, EXHAUSTED)
    assert find_faults(document, facts) == ()
    assert find_faults(document.model_copy(update={"constraints": ()}), facts) == (
        "constraints: lost from the document before: no red",
    )


def test_a_reworded_item_has_its_new_words_under_its_number() -> None:
    facts, _ = _second()
    noted = closing(2).model_copy(update={"description": "Todos, done differently"})
    document = compose(facts, some_notes(noted), EXHAUSTED)
    assert document.todo_list[1].description == "Todos, done differently"
    assert document.todo_list[1].passes


def test_a_new_item_that_is_on_record_already_is_not_added_twice() -> None:
    document = compose(FACTS, some_notes(a_new_item("add and tick off  todos.")), EXHAUSTED)
    assert len(document.todo_list) == 3


def test_with_everything_closed_the_last_step_is_a_look_at_the_whole() -> None:
    document = compose(FACTS, some_notes(closing(1), closing(2), closing(3)), EXHAUSTED)
    assert [item.description for item in document.open_items] == [LAST_ITEM]
    assert document.progress.completion_percentage == 75.0


def test_a_decision_is_kept_as_it_was_first_made() -> None:
    noted = Decision(decision="Blue", reason="the person said so", made_by="frontend_v1")
    facts = replace(FACTS, decisions=(noted,))
    document = compose(facts, some_notes(decisions=("Blue", "No cookies")), EXHAUSTED)
    assert document.decisions[0] == noted
    assert [one.decision for one in document.decisions] == ["Blue", "No cookies"]


def test_the_model_is_told_the_items_on_record_and_what_was_wrong_before() -> None:
    text = notes_request(next_facts(SOUND, FACTS), ("todo_list: there is no item 9.",))
    assert "1. [closed] Lay out the page\n2. [open] Add and tick off todos" in text
    assert text.endswith("could not be used:\ntodo_list: there is no item 9.")
