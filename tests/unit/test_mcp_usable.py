"""A tool that the Messages API would refuse is recognised before it is offered."""

from functools import reduce

import pytest

from bot.mcp.tool_schemas import fault_of

TEXT = {"type": "string"}
DEEP: dict[str, object] = reduce(lambda inner, _: {"items": inner}, range(80), {})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "properties": {"a": {"anyOf": [TEXT, {"type": "null"}]}}},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/a~1b"}}, "$defs": {"a/b": TEXT}},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {"$ref": "#b"}, "b": {"$anchor": "b"}}},
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
        {"type": "object", "properties": {"type": TEXT, "a": {"properties": {"$ref": TEXT}}}},
    ],
)
def test_a_usual_schema_has_no_fault(schema: object) -> None:
    assert fault_of("mcp__a__b", schema) is None


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ([], "no object"),
        ({}, 'not "object"'),
        ({"type": "string"}, 'not "object"'),
        ({"type": "object", "anyOf": [TEXT]}, "anyOf at the top"),
        ({"type": "object", "oneOf": [TEXT]}, "oneOf at the top"),
        ({"type": "object", "allOf": [TEXT]}, "allOf at the top"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}, "refers to #/$defs/a"),
        ({"type": "object", "properties": {"a": {"$ref": "https://a.test"}}}, "refers to https"),
        (
            {"type": "object", "properties": {"a": {"type": "text"}}},
            "no JSON Schema at $.properties.a.type",
        ),
        ({"type": "object", "properties": {"a": "text"}}, "no JSON Schema"),
        ({"type": "object", "properties": ["a"]}, "no JSON Schema"),
        ({"type": "object", "required": True}, "no JSON Schema"),
        ({"type": "object", "properties": {"a": {"minimum": "1"}}}, "no JSON Schema"),
        ({"type": "object", "properties": {"a": {"$ref": "#nowhere"}}}, "refers to #nowhere"),
        ({"type": "object", "properties": {"a b": TEXT}}, "property's name"),
        ({"type": "object", "properties": {"a" * 65: TEXT}}, "property's name"),
        ({"type": "object", "properties": {"a": DEEP}}, "levels"),
        ({"type": "object", "description": "a" * 20_000}, "longer than 20,000"),
    ],
)
def test_a_schema_that_would_be_refused_has_a_fault_in_words(schema: object, said: str) -> None:
    assert said in str(fault_of("mcp__a__b", schema))


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "a" * 129])
def test_a_name_that_would_be_refused_is_a_fault(name: str) -> None:
    assert "name" in str(fault_of(name, {"type": "object"}))
