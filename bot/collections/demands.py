"""Which fields a schema demands of a document that has none of them, wherever it says so."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from bot.collections.bounded_validation import DEPTH

_NAMED, _INDEX = re.compile(r"[A-Za-z0-9_$-]{1,100}"), re.compile(r"[0-9]{1,4}")


def demanded(schema: Mapping[str, object], fields: frozenset[str]) -> frozenset[str]:
    """Those of the fields that some document needs which has none of them.

    Conditions that are about these fields themselves demand nothing of it.
    """
    return _Reader(schema, fields).demanded(schema)


def referred(schema: object, reference: object) -> object:
    """What a reference leads to within its own schema; None if that is nothing."""
    start, *steps = str(reference).split("/")
    if start != "#":
        return None
    found = schema
    for step in steps:
        if isinstance(found, dict) and _NAMED.fullmatch(step):
            found = found.get(step)
        elif isinstance(found, list) and _INDEX.fullmatch(step) and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


class _Reader:
    """Reads each part once, however many references lead to it."""

    def __init__(self, schema: Mapping[str, object], fields: frozenset[str]) -> None:
        self._schema = schema
        self._fields = fields
        self._known: dict[int, frozenset[str]] = {}

    def demanded(self, part: object, depth: int = DEPTH) -> frozenset[str]:
        """What a part demands that the document as a whole has to fit."""
        if not isinstance(part, dict) or depth == 0:  # what is deeper is not checked, but refused
            return frozenset()
        if id(part) not in self._known:
            self._known[id(part)] = frozenset()  # what refers to itself demands nothing by that
            found = [self._named(names) for names in self._required(part)]
            found += [self.demanded(one, depth - 1) for one in self._all_of(part)]
            for keyword in ("anyOf", "oneOf"):
                choices = [self.demanded(one, depth - 1) for one in _listed(part.get(keyword))]
                found += choices if all(choices) else []
            self._known[id(part)] = frozenset(chain.from_iterable(found))
        return self._known[id(part)]

    def _required(self, part: Mapping[str, object]) -> Iterator[object]:
        yield part.get("required")
        yield from self._dependent(part, "dependentRequired")

    def _all_of(self, part: Mapping[str, object]) -> Iterator[object]:
        yield from _listed(part.get("allOf"))
        yield from self._dependent(part, "dependentSchemas")
        if "$ref" in part:
            yield referred(self._schema, part["$ref"])
        if "if" in part and not self._is_about_fields(part["if"]):
            yield from (part.get("then"), part.get("else"))

    def _dependent(self, part: Mapping[str, object], keyword: str) -> Iterator[object]:
        """What other fields bring with them."""
        given = part.get(keyword)
        if isinstance(given, dict):
            yield from (said for field, said in given.items() if field not in self._fields)

    def _is_about_fields(self, condition: object) -> bool:
        match condition:
            case str():
                return condition in self._fields
            case list():
                return any(map(self._is_about_fields, condition))
            case dict():
                return any(map(self._is_about_fields, (*condition, *condition.values())))
        return False

    def _named(self, names: object) -> frozenset[str]:
        return frozenset(one for one in _listed(names) if one in self._fields)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
