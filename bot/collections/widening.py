"""A schema that takes what two schemas take, so that no document that is stored becomes invalid.

What an app keeps outlives its versions: a change may allow more, and never less.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from bot.collections.rights import CHANGEABLE_BY, SET_BY
from bot.errors import WorkspaceError

Schema: TypeAlias = dict[str, Any]

_LIMITS: dict[str, Callable[[Any, Any], Any]] = {
    "maxLength": max, "maximum": max, "maxItems": max,
    "minLength": min, "minimum": min, "minItems": min,
}  # fmt: skip
# Each would keep out what the other schema takes, unless both say the same.
_SAID_BY_BOTH = (
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)


def widened(name: str, known: Schema, wanted: Schema, *, is_complete: bool = False) -> Schema:
    """The known schema of `name`, with what the wanted one takes beside it.

    Fields that `wanted` does not name stay as they are, but are not required any more where it
    `is_complete`: all that the app sends. New ones are never required, because what is stored
    lacks them. Raises `WorkspaceError` where one value cannot be of both kinds.
    """
    if known == wanted:
        return known
    if _kind(known) != _kind(wanted):
        raise WorkspaceError(
            f"{name} is stored as {_kind(known)} already. Leave it out, and it stays as it is; "
            "what is new needs a name of its own."
        )
    if ("enum" in known) is not ("enum" in wanted):  # where only one has choices, any text fits
        known, wanted = _without_choices(known), _without_choices(wanted)
    result = dict(known)
    if "enum" in known:
        more = [choice for choice in wanted["enum"] if choice not in known["enum"]]
        result["enum"] = [*known["enum"], *more]
    for limit in _LIMITS.keys() & known.keys():
        if limit in wanted:
            result[limit] = _LIMITS[limit](known[limit], wanted[limit])
        else:
            del result[limit]
    for keyword in _SAID_BY_BOTH:
        if known.get(keyword) != wanted.get(keyword):
            result.pop(keyword, None)
    others = wanted.get("additionalProperties", True)
    if is_complete and others not in (False, known.get("additionalProperties")):
        result.pop("additionalProperties", None)
    if isinstance(known.get("items"), dict) and "items" in wanted:
        result["items"] = widened(name, known["items"], wanted["items"], is_complete=is_complete)
    if "properties" in wanted:
        result |= _with_fields(name, known, wanted, is_complete=is_complete)
    if CHANGEABLE_BY in wanted:
        result[CHANGEABLE_BY] = wanted[CHANGEABLE_BY]
    result.pop(SET_BY, None)
    if SET_BY in wanted:
        result[SET_BY] = wanted[SET_BY]
    return result


def _kind(schema: Any) -> object:
    return schema.get("type", "something else") if isinstance(schema, dict) else schema


def _without_choices(schema: Schema) -> Schema:
    """Any text as long as the longest of the choices."""
    if "enum" not in schema:
        return schema
    longest = max(len(str(one)) for one in schema["enum"])
    return {key: value for key, value in schema.items() if key != "enum"} | {"maxLength": longest}


def _with_fields(name: str, known: Schema, wanted: Schema, *, is_complete: bool) -> Schema:
    before, asked = known.get("properties", {}), wanted["properties"]
    fields = {
        field: widened(f"{name}.{field}", before[field], schema, is_complete=is_complete)
        if field in before
        else schema
        for field, schema in asked.items()
    }
    untouched = set() if is_complete else before.keys() - asked.keys()
    still = {*untouched, *wanted.get("required", ())}
    required = [field for field in known.get("required", ()) if field in still]
    return {"properties": before | fields, "required": required}
