"""Which definitions of collections are taken."""

import json

import pytest

from bot.collections.document import make_document_id
from bot.collections.rights import rights_in
from bot.collections.schemas import (
    MAX_DOCUMENT,
    check_definitions,
    read_definitions,
    read_document,
)
from bot.errors import DocumentRefused, WorkspaceError
from bot.model.roles import role_prompt

WORD = {"type": "object", "properties": {"pattern": {"type": "string", "maxLength": 20}}}

SLOW = {"pattern": "(a+)+$"}  # takes for ever


OWNERS = {"type": "boolean", "set_by": "owner"}


def of_a(schema: object) -> dict[str, object]:
    """A schema of documents with that one field."""
    return {"type": "object", "properties": {"a": schema}}


def hidden(reference: str, **values: object) -> object:
    """A schema that refers to what stands in it as a value."""
    return {"type": "object", "properties": {"a": {"$ref": reference, **values}}}


def nested(depth: int) -> object:
    document: object = {}
    for _ in range(depth):
        document = {"a": document}
    return document


def named(property_name: str, schema: object) -> object:
    """A schema that takes its own properties, one of this name, for a schema."""
    return {
        "type": "object",
        "properties": {property_name: schema},
        "additionalProperties": {"$ref": "#/properties"},
    }


def test_a_property_may_be_called_like_a_keyword_that_is_not_allowed() -> None:
    assert set(read_definitions(json.dumps({"words": WORD}))) == {"words"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (WORD, "author"),
        (WORD | {"changeable_by": "author"}, "author"),
        (WORD | {"changeable_by": "owner"}, "owner"),
        (WORD | {"changeable_by": "all"}, "all"),
        ({"type": "object", "properties": {"changeable_by": {"const": "all"}}}, "author"),
    ],
)
def test_a_schema_says_who_may_change_what_is_in_its_collection(
    schema: object, expected: str
) -> None:
    definitions = read_definitions(json.dumps({"words": schema}))
    assert rights_in(definitions["words"].schema, is_owner=False).changeable_by == expected


@pytest.mark.parametrize(
    ("definitions", "complaint"),
    [
        ("", "not JSON"),
        ("[]", "1 to 10 collections"),
        ("{}", "1 to 10 collections"),
        ({f"c{n}": WORD for n in range(11)}, "1 to 10 collections"),
        ({"Words": WORD}, "lower-case"),
        ({"words": {"type": "array"}}, '"type": "object"'),
        ({"words": WORD | {"pattern": "(a+)+$"}}, "pattern"),
        ({"words": {"type": "object", "properties": {"a": {"pattern": "(a+)+$"}}}}, "pattern"),
        ({"words": WORD | {"$ref": "http://169.254.169.254/"}}, "outside of itself"),
        ({"words": hidden("#/properties/a/default", default=SLOW)}, "none of its schemas"),
        ({"words": hidden("#/properties/a/const", const=SLOW)}, "none of its schemas"),
        ({"words": hidden("#/properties/a/enum/0", enum=[SLOW])}, "none of its schemas"),
        ({"words": hidden("#/properties/a/examples/0", examples=[SLOW])}, "none of its schemas"),
        ({"words": hidden("#/properties/a/default/b", default={"b": SLOW})}, "none of its schemas"),
        ({"words": hidden("#/properties/a/d%65fault", default=SLOW)}, "none of its schemas"),
        ({"words": hidden("#slow", default=SLOW | {"$anchor": "slow"})}, "none of its schemas"),
        ({"words": named("patternProperties", {"(a+)+$": True})}, "none of its schemas"),
        ({"words": WORD | {"unevaluatedProperties": False}}, "unevaluatedProperties"),
        ({"words": {"type": "object", "not": nested(500)}}, "deep"),
        ({"words": {"type": "object", "required": 3}}, "not a JSON schema"),
        ({"words": WORD | {"changeable_by": "everybody"}}, '"changeable_by": "all"'),
        ({"words": WORD | {"changeable_by": ["all"]}}, '"changeable_by": "all"'),
        ({"words": WORD | {"not": {"changeable_by": "all"}}}, "outermost"),
        ({"words": of_a({"set_by": "all"})}, '"set_by": "owner"'),
        ({"words": WORD | {"set_by": "owner"}}, "whole fields"),
        ({"words": of_a({"type": "object", "properties": {"b": OWNERS}})}, "whole fields"),
        ({"words": of_a({"type": "array", "items": OWNERS})}, "whole fields"),
        ({"words": WORD | {"title": "x" * 30_000}}, "larger than"),
    ],
)
def test_others_are_refused_with_the_reason(definitions: object, complaint: str) -> None:
    text = definitions if isinstance(definitions, str) else json.dumps(definitions)
    with pytest.raises(WorkspaceError, match=complaint):
        read_definitions(text)


WISH = of_a(OWNERS) | {"$defs": {"done": {"required": ["a"]}}}
"""Wishes whose field a is the owner's, and beside it what demands it where it is referred to."""
DONE = {"$ref": "#/$defs/done"}
TICKED = {"properties": {"a": {"const": True}}, "required": ["a"]}


@pytest.mark.parametrize(
    "demand",
    [
        {"required": ["a"]},
        DONE,
        {"allOf": [{"required": ["text"]}, DONE]},
        {"anyOf": [DONE, {"required": ["text", "a"]}]},
        {"oneOf": [DONE]},
        {"dependentRequired": {"text": ["a"]}},
        {"dependentSchemas": {"text": DONE}},
        {"if": {"required": ["text"]}, "then": DONE},
        {"if": {"required": ["text"]}, "else": {"allOf": [DONE]}},
    ],
)
def test_what_the_owner_sets_is_required_of_visitors_nowhere(demand: dict[str, object]) -> None:
    with pytest.raises(WorkspaceError, match="set by the owner and so cannot be"):
        check_definitions(json.dumps({"words": WISH | demand}))


@pytest.mark.parametrize(
    "demand",
    [
        {"anyOf": [DONE, {"required": ["text"]}]},
        {"dependentRequired": {"a": ["a", "text"]}},
        {"if": TICKED, "then": {"required": ["a", "text"]}},
        {"properties": {"a": OWNERS, "more": DONE}},
        {"not": DONE},
        {"anyOf": [{"$ref": "#"}, {"required": ["text"]}]},
    ],
)
def test_what_visitors_can_do_without_may_be_named_among_choices(demand: dict[str, object]) -> None:
    text = json.dumps({"words": WISH | demand})
    check_definitions(text)
    definitions = read_definitions(text)
    assert rights_in(definitions["words"].schema, is_owner=False).owner_fields == {"a"}


def test_whatever_refers_to_what_is_read_in_no_time() -> None:
    far = {f"b{n}": {"$ref": f"#/$defs/b{n + 1}"} for n in range(400)}
    schema = of_a(OWNERS) | {"allOf": [{"$ref": "#/$defs/a0"}, {"$ref": "#/$defs/b0"}]}
    schema |= {"$defs": BOTH | far | {f"a{LEVELS}": {"$ref": "#"}, "b400": True}}
    check_definitions(json.dumps({"words": schema}))


REFERRED = {"type": "string", "enum": ["yes", "no"]}


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"word": REFERRED}, "properties": {"a": {"$ref": "#/$defs/word"}}},
        {"definitions": {"word": REFERRED}, "properties": {"a": {"$ref": "#/definitions/word"}}},
        {"properties": {"b": REFERRED, "a": {"$ref": "#/properties/b"}}},
        {"properties": {"a": {"allOf": [REFERRED, {"$ref": "#/properties/a/allOf/0"}]}}},
        {"properties": {"a": {"enum": ["yes"]}, "more": {"$ref": "#"}}},
    ],
)
def test_a_schema_may_refer_to_another_within_it(schema: dict[str, object]) -> None:
    definitions = read_definitions(json.dumps({"words": {"type": "object", **schema}}))
    assert read_document(definitions, "words", b'{"a": "yes"}') == {"a": "yes"}
    with pytest.raises(DocumentRefused):
        read_document(definitions, "words", b'{"a": "perhaps"}')


LEVELS = 40
BOTH = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(LEVELS)}
TWICE = {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}


# Schemas, and documents, that would take minutes to years.
@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"$ref": "#/$defs/a0", "$defs": BOTH | {f"a{LEVELS}": True}}, {}),
        ({"properties": {"a": TWICE}}, nested(LEVELS)),
        ({"properties": {"a": {"anyOf": [False, TWICE, TWICE]}}}, nested(LEVELS)),
        (
            {"properties": {"a": {"items": {"enum": list(range(3_500))}}}},
            {"a": [3_499] * 1_000},
        ),
        (
            {"properties": {"a": {"uniqueItems": True}}},
            {"a": [{"a": 1}, *range(1_500)]},
        ),
        ({"$ref": "#"}, {}),
        ({"properties": {"a": {"$ref": "#"}}}, nested(150)),
    ],
)
def test_what_takes_too_many_steps_is_refused(schema: dict[str, object], document: object) -> None:
    definitions = read_definitions(json.dumps({"words": {"type": "object", **schema}}))
    body = json.dumps(document, separators=(",", ":")).encode()
    assert len(body) <= MAX_DOCUMENT

    with pytest.raises(DocumentRefused):
        read_document(definitions, "words", body)


@pytest.mark.parametrize(("step", "number"), [(0.01, 10**400), (10**400, 1.5)])
def test_a_number_too_large_to_be_divided_is_refused(step: float, number: float) -> None:
    schema = {"type": "object", "properties": {"a": {"multipleOf": step}}}
    definitions = read_definitions(json.dumps({"words": schema}))

    with pytest.raises(DocumentRefused, match="too large"):
        read_document(definitions, "words", json.dumps({"a": number}).encode())


@pytest.mark.parametrize("document", [{"a": "x\0"}, {"a": ["\0"]}, {"\0": "a"}, {"a": {"b": "\0"}}])
def test_what_postgresql_cannot_keep_is_refused(document: object) -> None:
    definitions = read_definitions(json.dumps({"words": {"type": "object"}}))

    with pytest.raises(DocumentRefused, match="NUL"):
        read_document(definitions, "words", json.dumps(document).encode())


@pytest.mark.parametrize("number", ["1e308", "-1E300", "1e+100", "5e-300"])
def test_numbers_count_with_all_digits_in_which_the_database_keeps_them(number: str) -> None:
    definitions = read_definitions(json.dumps({"words": {"type": "object"}}))

    with pytest.raises(DocumentRefused, match="8000 bytes"):
        read_document(definitions, "words", f'{{"a": [{", ".join([number] * 100)}]}}'.encode())
    assert read_document(definitions, "words", f'{{"a": {number}}}'.encode())
    short = f'{{"a": [{", ".join(["0.5"] * 1_590)}]}}'.encode()
    assert read_document(definitions, "words", short)


def test_six_characters_that_only_look_like_nul_are_kept() -> None:
    definitions = read_definitions(json.dumps({"words": {"type": "object"}}))
    document = {"a": "in JSON NUL is \\u0000"}

    assert read_document(definitions, "words", json.dumps(document).encode()) == document


def test_agents_are_told_how_long_an_id_is() -> None:
    told = f"a text of {len(make_document_id())} characters"

    assert all(told in role_prompt(prompt) for prompt in ("backend", "collections"))
