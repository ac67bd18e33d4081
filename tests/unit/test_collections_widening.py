"""A change to an app's collections allows more than before, and never less."""

import json

import pytest
from jsonschema import Draft202012Validator

from bot.collections.widening import Schema, widened
from bot.errors import WorkspaceError

ENTRY: Schema = {
    "type": "object",
    "properties": {
        "who": {"type": "string", "maxLength": 20},
        "size": {"type": "string", "enum": ["small", "large"]},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 3},
    },
    "required": ["who", "size"],
    "additionalProperties": False,
}
TEXT: Schema = {"type": "string", "maxLength": 9}
KEPT = {"who": "Ana", "size": "small", "stars": 5, "tags": ["new"]}


def entry(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": [*fields]}


@pytest.mark.parametrize(
    ("wanted", "new"),
    [
        ({"note": {"type": "string", "maxLength": 9}}, {**KEPT, "note": "hi"}),
        ({"who": {"type": "string", "maxLength": 30}}, {**KEPT, "who": "A" * 30}),
        ({"who": {"type": "string", "enum": ["Ana", "Ben"]}}, {**KEPT, "who": "Ben"}),
        ({"size": {"type": "string", "enum": ["medium"]}}, {**KEPT, "size": "medium"}),
        ({"size": {"type": "string", "maxLength": 7}}, {**KEPT, "size": "any"}),
        ({"stars": {"type": "integer", "minimum": 3, "maximum": 10}}, {**KEPT, "stars": 10}),
        (
            {
                "tags": {
                    "type": "array",
                    "items": {"type": "string", "maxLength": 20},
                    "maxItems": 1,
                }
            },
            {**KEPT, "tags": ["a" * 20]},
        ),
    ],
)
def test_what_is_stored_and_what_is_new_both_fit(
    wanted: dict[str, Schema], new: dict[str, object]
) -> None:
    schema = widened("entries", ENTRY, entry(**wanted))

    Draft202012Validator(schema).validate(KEPT)
    Draft202012Validator(schema).validate(new)
    assert schema["additionalProperties"] is False


def test_a_field_is_required_only_where_it_was_and_still_is() -> None:
    optional = entry(size={"type": "string", "enum": ["large"]}) | {"required": []}
    assert widened("entries", ENTRY, optional)["required"] == ["who"]
    assert widened("entries", ENTRY, entry(note={"type": "boolean"}))["required"] == ["who", "size"]


def test_a_whole_schema_does_without_the_fields_that_it_does_not_name() -> None:
    of_another_version = entry(size={"type": "string", "enum": ["large"]}, note=TEXT)
    schema = widened("entries", ENTRY, of_another_version, is_complete=True)

    assert schema["required"] == ["size"]
    for document in (KEPT, {"size": "large", "note": "hi"}, {**KEPT, "note": "hi"}):
        Draft202012Validator(schema).validate(document)


def test_who_may_change_documents_is_what_was_said_last() -> None:
    assert widened("entries", ENTRY, entry() | {"changeable_by": "all"})["changeable_by"] == "all"


def test_who_sets_a_field_is_what_was_said_last() -> None:
    owners = {**TEXT, "set_by": "owner"}
    schema = widened("entries", ENTRY, entry(who=owners) | {"required": []})
    assert schema["properties"]["who"]["set_by"] == "owner"
    assert schema["required"] == ["size"], "a visitor cannot give it any more"
    untouched = widened("entries", schema, entry(note=TEXT))
    assert untouched["properties"]["who"]["set_by"] == "owner"
    assert "set_by" not in widened("entries", schema, entry(who=TEXT))["properties"]["who"]


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({"exclusiveMinimum": 0}, {"minimum": 0}, 0),
        ({"exclusiveMaximum": 9}, {"exclusiveMaximum": 10}, 9.5),
        ({"multipleOf": 2}, {}, 3),
    ],
)
def test_what_another_version_takes_is_not_kept_out_by_a_limit_of_its_own(
    before: Schema, after: Schema, kept: float
) -> None:
    """As in schemas that were written by hand."""
    stars: Schema = {"type": "number"}
    known, wanted = (entry(stars=stars | limits) for limits in (before, after))
    schema = widened("entries", known, wanted, is_complete=True)
    Draft202012Validator(wanted).validate({"stars": kept})
    Draft202012Validator(schema).validate({"stars": kept})


def test_fields_that_one_version_takes_without_naming_them_are_taken_together_too() -> None:
    open_entry, closed = entry(note=TEXT), entry() | {"additionalProperties": False}
    for known, wanted in ((closed, open_entry), (open_entry, closed)):
        schema = widened("entries", known, wanted, is_complete=True)
        Draft202012Validator(schema).validate({"note": "hi", "colour": "red"})


def test_the_known_schema_is_not_touched() -> None:
    before = json.dumps(ENTRY)
    widened("entries", ENTRY, entry(who={"type": "string", "maxLength": 99}))
    assert json.dumps(ENTRY) == before


def test_a_value_cannot_become_one_of_another_kind() -> None:
    with pytest.raises(WorkspaceError, match=r"entries\.who is stored as string already"):
        widened("entries", ENTRY, entry(who={"type": "integer"}))


def test_what_was_written_by_hand_is_taken_together_or_refused() -> None:
    """Not all schemas are the data engineer's: a field may be anything, and a choice no text."""
    lists: Schema = entry(who=True, size={"enum": [["a"], 1]})  # type: ignore[arg-type]
    assert widened("entries", lists, lists) == lists
    more = widened("entries", lists, entry(size={"enum": [["a"], ["b"]]}))
    assert more["properties"]["size"]["enum"] == [["a"], 1, ["b"]]
    with pytest.raises(WorkspaceError, match=r"entries\.who is stored as True already"):
        widened("entries", lists, entry(who=TEXT))
