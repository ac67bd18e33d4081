"""What the real API demands of a JSON schema: of a tool's, and more of a strict one."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from jsonschema import Draft202012Validator, SchemaError

from bot.sandbox.claude.problems import invalid

PROPERTY = re.compile(r"^[a-zA-Z0-9_.-]{1,64}$")
UNSUPPORTED = {
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
}


def check_tool_schema(schema: object, where: str) -> None:
    """Raise a 400 for a tool's schema that is none, or has alternatives at its top."""
    if not isinstance(schema, Mapping):
        raise invalid(f"{where}: Input should be a valid dictionary")
    if schema.get("type") != "object":
        raise invalid(f"{where}.type: Input should be 'object'")
    if {"anyOf", "oneOf", "allOf"} & schema.keys():
        raise invalid(
            f"{where}: input_schema does not support oneOf, allOf, or anyOf at the top level"
        )
    if not _is_valid(json.dumps(schema)):
        raise invalid(f"{where}: JSON schema is invalid. It must match JSON Schema draft 2020-12")
    for name in schema.get("properties", ()):
        if not PROPERTY.match(name):
            raise invalid(
                f"{where}.properties: Property keys should match pattern '{PROPERTY.pattern}'"
            )
    _check_references(schema, schema, where)


@lru_cache(maxsize=256)
def _is_valid(schema: str) -> bool:
    """Looked at once: the same tools come with each turn, and to judge one takes milliseconds."""
    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError:
        return False
    return True


def _check_references(part: object, root: Mapping[str, object], where: str) -> None:
    if isinstance(part, list):
        for inner in part:
            _check_references(inner, root, where)
    if not isinstance(part, Mapping):
        return
    reference = part.get("$ref")
    if isinstance(reference, str) and not _leads_somewhere(reference, root):
        raise invalid(f"{where}: JSON schema is invalid: {reference} cannot be resolved")
    for inner in part.values():
        _check_references(inner, root, where)


def _leads_somewhere(reference: str, root: Mapping[str, object]) -> bool:
    """Whether a reference leads into the schema; an anchor is taken on trust."""
    if not reference.startswith("#/"):
        return reference.startswith("#")
    place: object = root
    for step in reference[2:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(place, Mapping) or name not in place:
            return False
        place = place[name]
    return True


def check_strict_schema(schema: object, where: str) -> None:
    """Raise a 400 when an object is open or a keyword stands in it that is not supported."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            check_strict_schema(part, f"{where}.{number}")
    if not isinstance(schema, Mapping):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(
            f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )
    if "type" in schema and (found := UNSUPPORTED & schema.keys()):
        raise invalid(
            f"{where}: For '{schema['type']}' type, properties {', '.join(sorted(found))} "
            "are not supported"
        )
    for name, part in schema.items():
        if name in {"properties", "$defs"} and isinstance(part, Mapping):
            for key, inner in part.items():
                check_strict_schema(inner, f"{where}.{name}.{key}")
        elif name in {"items", "anyOf", "allOf"}:
            check_strict_schema(part, f"{where}.{name}")
