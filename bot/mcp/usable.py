"""Whether the Messages API takes a tool as its server describes it: one that it refuses would end
every request that offers it."""

import re
from collections.abc import Mapping
from typing import Any

NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_DEEP = 60  # levels


def fault_of(name: str, schema: object) -> str | None:
    """What is wrong with a tool of that name, in words for an operator; None if nothing is."""
    if not NAME.fullmatch(name):
        return "its name is not of letters, digits, - and _"
    if not isinstance(schema, Mapping):
        return "its schema is no object"
    if schema.get("type") != "object":
        return 'the type of its schema is not "object"'
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema:
            return f"its schema has {keyword} at the top"
    return _fault_within(schema, schema, 0)


def _fault_within(schema: object, root: Mapping[str, Any], depth: int) -> str | None:
    """The first fault of a schema or one inside it."""
    if isinstance(schema, bool):
        return None
    if not isinstance(schema, Mapping) or depth > _DEEP:
        return "its schema is no JSON Schema"
    kinds = schema.get("type", [])
    if not set([kinds] if isinstance(kinds, str) else _texts(kinds)) <= _TYPES:
        return "its schema has a type that does not exist"
    if "required" in schema and not isinstance(schema["required"], list):
        return "its schema has a `required` that is no list"
    reference = schema.get("$ref")
    if reference is not None and not _resolves(reference, root):
        return f"its schema refers to {str(reference)[:80]}, which is not in it"
    for part in _parts(schema):
        if fault := _fault_within(part, root, depth + 1):
            return fault
    return None


def _texts(value: object) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else [str(value)]


def _parts(schema: Mapping[str, Any]) -> list[object]:
    """The schemas inside a schema; what should hold some and does not stands for itself."""
    parts: list[object] = []
    for keyword in ("properties", "$defs", "definitions", "patternProperties"):
        if keyword in schema:
            inside = schema[keyword]
            parts += inside.values() if isinstance(inside, Mapping) else [None]
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if keyword in schema:
            inside = schema[keyword]
            parts += inside if isinstance(inside, list) else [None]
    for keyword in ("items", "additionalProperties", "not"):
        if keyword in schema:
            inside = schema[keyword]
            parts += inside if isinstance(inside, list) else [inside]
    return parts


def _resolves(reference: object, root: Mapping[str, Any]) -> bool:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return False
    there: object = root
    for step in reference[1:].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(there, Mapping) or key not in there:
            return False
        there = there[key]
    return True
