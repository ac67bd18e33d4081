"""Structured answers: a pydantic model as a strict JSON schema, and the answer checked again."""

from copy import deepcopy
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

T = TypeVar("T", bound=BaseModel)


@cache
def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of `model`, every field required, as structured output wants it.

    Made once for all calls, because it costs milliseconds; nobody changes what is returned.
    """
    schema = model.model_json_schema()
    for definition in (schema, *schema.get("$defs", {}).values()):
        if definition.get("type") == "object":
            definition["required"] = list(definition.get("properties", {}))
    return schema


@cache
def input_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The strict schema of a tool's input, without what the tool's own description says better.

    That are the titles that are made from the names of fields and classes, and the outermost
    docstring, which is written for whoever reads the code.
    """
    schema = deepcopy(strict_schema(model))
    schema.pop("description", None)
    _drop_titles(schema)
    return schema


def _drop_titles(schema: dict[str, Any]) -> None:
    """Take the titles out of a schema and the ones in it; a field named `title` stays."""
    schema.pop("title", None)
    named = (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values())
    for inner in (*named, *schema.get("anyOf", ()), schema.get("items")):
        if isinstance(inner, dict):
            _drop_titles(inner)


def complaint(error: ValidationError) -> str:
    """What is wrong with an answer, in words that the model can act on."""
    faults = _faults(error, whole="answer")
    return f"That answer does not fit the schema ({faults}). Answer again, complete and valid."


def input_complaint(tool: str, error: ValidationError) -> str:
    """What is wrong with a tool's input, likewise."""
    faults = _faults(error, whole="input")
    return f"{tool} has done nothing: its input does not fit ({faults}). Call it again, corrected."


def _faults(error: ValidationError, *, whole: str) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or whole}: {fault['msg']}"
        for fault in error.errors()[:5]
    )
