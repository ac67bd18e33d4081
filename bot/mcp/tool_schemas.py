"""Whether the Messages API takes a tool as its server describes it: one that it refuses would end
every request that offers it."""

import json
import re
from collections.abc import Iterator, Mapping, Set
from typing import Any
from urllib.parse import unquote

NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_DEEP = 60  # levels
SCHEMA_LIMIT = 20_000  # characters


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
    if _is_deeper(schema, _DEEP):
        return f"its schema has more than {_DEEP} levels"
    if len(json.dumps(schema)) > SCHEMA_LIMIT:
        return f"its schema is longer than {SCHEMA_LIMIT:,} characters"
    return _fault_within(schema)


def _fault_within(schema: Mapping[str, Any]) -> str | None:
    from jsonschema import Draft202012Validator, SchemaError  # which is large

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"its schema is no JSON Schema at {error.json_path[:80]}"
    if any(PROPERTY.fullmatch(name) is None for name in schema.get("properties", ())):
        return "a property's name is not of letters, digits, ., - and _"
    anchors = {f"#{name}" for name in _strings_under({"$anchor", "$dynamicAnchor"}, schema)}
    for reference in _strings_under({"$ref", "$dynamicRef"}, schema):
        if reference not in anchors and not _resolves(reference, schema):
            return f"its schema refers to {reference[:80]}, which is not in it"
    return None


def _strings_under(keywords: Set[str], part: object) -> Iterator[str]:
    """The strings that stand for one of the keywords, at any depth."""
    if isinstance(part, Mapping):
        for name, inner in part.items():
            if name in keywords and isinstance(inner, str):
                yield inner
            else:
                yield from _strings_under(keywords, inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _strings_under(keywords, inner)


def _is_deeper(part: object, levels: int) -> bool:
    inside = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ()
    return levels < 0 or any(_is_deeper(inner, levels - 1) for inner in inside)


def _resolves(reference: str, root: Mapping[str, Any]) -> bool:
    """Whether a JSON pointer leads to a part of the schema."""
    start, *steps = unquote(reference).split("/")
    there: object = root
    for step in steps:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(there, list) and key.isdecimal() and int(key) < len(there):
            there = there[int(key)]
        elif isinstance(there, Mapping) and key in there:
            there = there[key]
        else:
            return False
    return start == "#"
