"""An app's collections: which there are, and what a document in each must look like.

They are defined in the app's file `collections.json`, JSON schemas by name, and so are published
and undone with it. Both the schemas and the documents come from outside, hence the limits: nothing
is fetched for a `$ref`, and no regular expression of a schema is run on a visitor's text. Most apps
have none, so what reads schemas is imported for those that do.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from bot.collections.bounded_validation import NEVER_RUN, validate, validator_class
from bot.collections.demands import referred
from bot.collections.rights import check_demands, check_rights
from bot.errors import DocumentMisfit, DocumentRefused, WorkspaceError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

DEFINITIONS = "collections.json"
MAX_COLLECTIONS = 10
MAX_SCHEMA = 20_000  # bytes of all schemas
MAX_DEPTH = 40  # of lists and objects within each other in the definitions
MAX_DOCUMENT = 8_000  # bytes
WRITTEN_OUT = 16  # from this power of ten on a number is much longer than it was sent
MAX_NESTED = 100  # of lists and objects within each other in a document

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BY_NAME = {"properties", "$defs", "definitions", "dependentSchemas"}  # hold schemas by name
_VALUES = {"enum", "const", "default", "examples"}  # hold values, whatever they look like

Definitions: TypeAlias = "Mapping[str, Validator]"


@lru_cache(maxsize=256)
def read_definitions(text: str) -> Definitions:
    """Read `collections.json`. Raises `WorkspaceError` saying what must be otherwise."""
    if len(text.encode()) > MAX_SCHEMA:
        raise WorkspaceError(f"{DEFINITIONS} is larger than {MAX_SCHEMA} bytes; make it smaller.")
    try:
        given = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise WorkspaceError(f"{DEFINITIONS} is not JSON: {error}") from None
    if not isinstance(given, dict) or not 1 <= len(given) <= MAX_COLLECTIONS:
        raise WorkspaceError(
            f"{DEFINITIONS} must be an object of 1 to {MAX_COLLECTIONS} collections: "
            '{"votes": {"type": "object", …}}.'
        )
    if _is_deeper(given, MAX_DEPTH):
        raise WorkspaceError(f"{DEFINITIONS} is nested more than {MAX_DEPTH} deep; flatten it.")
    return {name: _validator(name, schema) for name, schema in given.items()}


def check_definitions(text: str) -> None:
    """Read a `collections.json` that is being written. Raises `WorkspaceError`.

    What earlier versions could demand is no reason to shut an app that is published.
    """
    for name, validator in read_definitions(text).items():
        assert isinstance(validator.schema, dict)  # it was read
        check_demands(name, validator.schema)


def _is_deeper(value: object, levels: int) -> bool:
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    return levels < 0 or any(_is_deeper(one, levels - 1) for one in inner)


def _validator(name: str, given: object) -> "Validator":
    from referencing import Registry

    _check_name(name)
    schema = _object_schema(name, given)
    parts = list(_parts(schema))
    check_rights(name, schema, parts)
    _check_keywords(name, parts)
    _check_references(name, schema, parts)
    _check_is_schema(name, schema)
    return validator_class()(schema, registry=Registry())


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise WorkspaceError(
            f"{name!r} cannot be a collection's name; use lower-case letters, digits and '_'."
        )


def _object_schema(name: str, given: object) -> dict[str, object]:
    """The schema, if it is one of objects."""
    if not isinstance(given, dict) or given.get("type") != "object":
        raise WorkspaceError(f'The schema of {name} must begin with "type": "object".')
    return given


def _check_keywords(name: str, parts: list[dict[str, object]]) -> None:
    for keyword in chain.from_iterable(parts):
        if keyword in NEVER_RUN:
            raise WorkspaceError(
                f"The schema of {name} uses {keyword!r}, which is not allowed here; "
                "say it with enum, minLength, maxLength, minimum or maximum."
            )


def _check_references(name: str, schema: dict[str, object], parts: list[dict[str, object]]) -> None:
    for part in parts:
        if "$ref" in part and not _leads_to_one_of(parts, schema, part["$ref"]):
            raise WorkspaceError(
                f"The schema of {name} refers to {part['$ref']!r}, which is outside of itself or "
                'none of its schemas; refer to one in its "$defs".'
            )


def _check_is_schema(name: str, schema: dict[str, object]) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        reason = error.message if isinstance(error, SchemaError) else "too deep"
        raise WorkspaceError(f"The schema of {name} is not a JSON schema: {reason}") from None


def _parts(schema: object) -> Iterator[dict[str, object]]:
    """The schema and every schema within it; what stands where a value is meant is none."""
    if isinstance(schema, list):
        for one in schema:
            yield from _parts(one)
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword, value in schema.items():
        if keyword in _BY_NAME and isinstance(value, dict):
            yield from _parts(list(value.values()))
        elif keyword not in _VALUES:
            yield from _parts(value)


def _leads_to_one_of(parts: list[dict[str, object]], schema: object, reference: object) -> bool:
    """Whether a reference leads to a schema that was looked at, and not to a value."""
    found = referred(schema, reference)
    return isinstance(found, bool) or any(found is part for part in parts)


def read_document(definitions: Definitions, collection: str, body: bytes) -> dict[str, object]:
    """The document that was sent. Raises `DocumentRefused` with the reason in a sentence.

    That is `DocumentMisfit` where it is none as the collection's schema says.
    """
    from jsonschema.exceptions import ValidationError
    from referencing.exceptions import Unresolvable

    validator = definitions.get(collection)
    if validator is None:
        raise DocumentRefused("There is no such collection.", 404)
    check_size(len(body))
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
        # Raises for 1e999, which no JSON holds, and for half a surrogate pair.
        json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
        _check_depth(document)
        check_size(len(body) + _digits(document))
        validate(validator, document)
    except ValidationError as error:
        where = error.json_path.removeprefix("$.").removeprefix("$") or "the document"
        raise DocumentMisfit(f"{where}: {error.message[:200]}.", 422) from None
    except (ValueError, RecursionError, Unresolvable):
        raise DocumentRefused("The body is not a JSON document.", 400) from None
    if _holds_nul(document):  # which PostgreSQL's jsonb cannot keep
        raise DocumentRefused("A document cannot hold the character NUL.", 422)
    assert isinstance(document, dict)  # the schema says so
    return document


def check_size(size: int) -> None:
    """Raises `DocumentRefused` for a document of more bytes than one may have."""
    if size > MAX_DOCUMENT:
        raise DocumentRefused(f"A document may have {MAX_DOCUMENT} bytes.", 413)


def _check_depth(document: object) -> None:
    """What is deeper than this could be too deep for who looks into it later."""
    if _is_deeper(document, MAX_NESTED):
        raise DocumentRefused(f"A document may be nested {MAX_NESTED} deep.", 422)


def _digits(value: object) -> int:
    """What the powers of ten of its numbers come to: jsonb keeps 1e308, and 1e-308, written out."""
    match value:
        case float():
            power = abs(int(f"{value:e}".partition("e")[2]))
            return power if power >= WRITTEN_OUT else 0
        case list():
            return sum(map(_digits, value))
        case dict():
            return sum(map(_digits, value.values()))
    return 0


def _holds_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case list():
            return any(map(_holds_nul, value))
        case dict():
            return any(map(_holds_nul, (*value, *value.values())))
    return False


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
