"""Checks a document against a schema in a bounded number of steps.

Both come from outside, and the check runs in the process that answers everybody: with references a
small schema can ask for more steps than there is time, and for more depth than there is stack. No
regular expression is run at all.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.errors import DocumentRefused

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

STEPS = 20_000  # of one document, at most a second
DEPTH = 80  # of checks within checks; the stack has more

NEVER_RUN = frozenset(
    {
        "pattern",
        "patternProperties",
        "$dynamicRef",
        "$id",
        "$schema",
        "format",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
"""Keywords that no schema may use: they run expressions, fetch, or check again and again."""

Check = Callable[[Any, Any, Any, Any], Iterator[Any]]


@dataclass
class _Budget:
    """What is left for one document."""

    steps: int = STEPS
    depth: int = DEPTH


_budget: ContextVar[_Budget] = ContextVar("_budget")


def validate(validator: "Validator", document: Any) -> None:
    """Raise jsonschema's `ValidationError`, or `DocumentRefused` where there is no checking it.

    That is where it takes too many steps, or has a number that cannot be divided.
    """
    token = _budget.set(_Budget())
    try:
        validator.validate(document)
    except OverflowError:
        raise DocumentRefused("A number of this document is too large to check.", 422) from None
    finally:
        _budget.reset(token)


@cache
def validator_class() -> "type[Validator]":
    """The validator of JSON schemas whose every check counts."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import create

    checks = Draft202012Validator.VALIDATORS.items()
    made: type[Validator] = create(
        meta_schema=Draft202012Validator.META_SCHEMA,
        validators={name: _counted(name, check) for name, check in checks if name not in NEVER_RUN},
        type_checker=Draft202012Validator.TYPE_CHECKER,
    )
    return made


def _counted(name: str, check: Check) -> Check:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        budget = _budget.get()
        budget.steps -= _cost(name, value, instance)
        if budget.steps < 0 or budget.depth == 0:
            raise DocumentRefused("This document takes too long to check.", 422)
        budget.depth -= 1
        try:
            yield from check(validator, value, instance, schema) or ()
        finally:  # who has seen the first fault asks for no other
            budget.depth += 1

    return counted


def _cost(name: str, value: Any, instance: Any) -> int:
    """The steps of one check apart from those within it, by what they have been seen to take."""
    match name:
        case "$ref":
            return 5
        case "enum":
            return 1 + len(value)
        case "uniqueItems" if isinstance(instance, list):
            return 1 + len(instance) ** 2 // 100  # each is compared with each
    return 1
