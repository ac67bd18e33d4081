"""The data engineer's answer becomes `collections.json`; what is stored stays valid."""

import json
import re
from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from psycopg import AsyncConnection

from bot.collections.documents import definitions_of_versions
from bot.collections.known_schemas import known_schema
from bot.collections.rights import CHANGEABLE_BY, OWNER, SET_BY
from bot.collections.schemas import DEFINITIONS, MAX_DOCUMENT
from bot.collections.widening import Schema, widened
from bot.errors import WorkspaceError
from bot.model.answers import Collection, CollectionField, DataModel, RecordPart
from bot.projects.workspace import Workspace

Field: TypeAlias = CollectionField | RecordPart

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_OURS = {"id", "created_at", "updated_at", "may_change"}  # the store says these of every document


async def store_collections(
    connection: AsyncConnection, project_id: UUID, model: DataModel
) -> None:
    """Write the collections of an answer into the project's definitions.

    What was entered with a version that was undone agrees with them, as far as the versions agree
    with each other: no field is of another kind. They say nothing of its fields, which nobody of
    this version knows. Raises `WorkspaceError` with what must be otherwise, in a sentence for the
    model.
    """
    definitions = await _read_definitions(connection, project_id)
    versions = [*await definitions_of_versions(connection, project_id), definitions]
    before: dict[str, Schema] = json.loads(definitions)
    wanted = dict(before)
    for collection in model.collections:
        name = collection.name
        if collection.fields or name not in before:
            asked = _schema_of(collection)
            wanted[name] = widened(name, before[name], asked) if name in before else asked
            if known := known_schema(name, versions):
                widened(name, known, wanted[name], is_complete=True)  # raises where they disagree
        elif "changeable_by" in collection.model_fields_set:  # older answers say nothing of it
            wanted[name] = before[name] | {CHANGEABLE_BY: collection.changeable_by}
    if wanted != before:
        text = json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"
        await Workspace(connection, project_id).write(DEFINITIONS, text)


async def _read_definitions(connection: AsyncConnection, project_id: UUID) -> str:
    """The definitions as they are, without any collection where there are none."""
    workspace = Workspace(connection, project_id)
    is_there = any(file.path == DEFINITIONS for file in await workspace.list_files())
    return await workspace.read(DEFINITIONS) if is_there else "{}"


def _schema_of(collection: Collection) -> Schema:
    if not collection.fields:
        raise WorkspaceError(f"{collection.name} has no fields; say what stands in one document.")
    schema = _object_of(collection.name, collection.fields)
    return schema | {CHANGEABLE_BY: collection.changeable_by}


def _object_of(name: str, fields: Sequence[Field]) -> Schema:
    names = [field.name for field in fields]
    for field in names:
        if not _NAME.fullmatch(field) or names.count(field) > 1 or field in _OURS:
            raise WorkspaceError(
                f"{name}.{field} cannot be a field's name: letters, digits and '_', each name once "
                f"in {name}, and none of {', '.join(sorted(_OURS))}."
            )
    return {
        "type": "object",
        "properties": {field.name: _value_of(f"{name}.{field.name}", field) for field in fields},
        "required": [field.name for field in fields if field.required and not _is_owners(field)],
        "additionalProperties": False,
    }


def _value_of(name: str, field: Field) -> Schema:
    schema = _single(name, field)
    if field.max_items is not None:
        if field.max_items < 1:
            raise WorkspaceError(f"{name}: max_items is at least 1, or null for a single value.")
        schema = {"type": "array", "items": schema, "maxItems": field.max_items}
    return schema | {SET_BY: OWNER} if _is_owners(field) else schema


def _is_owners(field: Field) -> bool:
    """Whether the app's owner alone sets it, so that visitors' documents are without it."""
    return isinstance(field, CollectionField) and field.set_by_owner


def _single(name: str, field: Field) -> Schema:
    match field.type:
        case "record":
            if not field.parts:
                raise WorkspaceError(f"{name} is a record; say its parts.")
            return _object_of(name, field.parts)
        case "text":
            return {"type": "string", **_text_limits(name, field)}
        case "boolean":
            return {"type": "boolean"}
        case "number" | "integer":
            return {"type": field.type, **_number_limits(name, field)}


def _text_limits(name: str, field: Field) -> Schema:
    if field.choices:
        return {"enum": list(dict.fromkeys(field.choices))}
    if field.max_length is None or not 1 <= field.max_length <= MAX_DOCUMENT:
        raise WorkspaceError(f"{name} is a text: give its max_length, at most {MAX_DOCUMENT}.")
    return {"maxLength": field.max_length}


def _number_limits(name: str, field: Field) -> Schema:
    low, high = field.minimum, field.maximum
    if low is None or high is None or low > high:
        raise WorkspaceError(f"{name} is a number: give its minimum and its maximum.")
    return {
        limit: int(value) if value.is_integer() else value
        for limit, value in (("minimum", low), ("maximum", high))
    }
