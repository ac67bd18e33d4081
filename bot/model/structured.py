"""Structured answers: a pydantic model as a strict JSON schema, and the answer checked again."""

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


def complaint(error: ValidationError) -> str:
    """What is wrong with an answer, in one sentence that the model can act on."""
    faults = "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}"
        for fault in error.errors()[:5]
    )
    return f"That answer does not fit the schema ({faults}). Answer again, complete and valid."
