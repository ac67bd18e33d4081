"""What the real API demands of a strict JSON schema (structured answers and strict tools)."""

from collections.abc import Mapping

from bot.sandbox.claude.problems import invalid

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
