"""Who may change what stands in a collection, as its schema says with two keywords of ours.

Documents are changed and deleted by who wrote them and by the app's owner, unless the schema says
`"changeable_by"`: `"all"` visitors may, or the `"owner"` alone. A field that says `"set_by":
"owner"` (ticked off, answered) is the owner's: whoever else adds a document leaves it empty, and
whoever else changes one leaves it as it is.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.collections.demands import demanded
from bot.collections.document import Document
from bot.errors import DocumentRefused, WorkspaceError

CHANGEABLE_BY, SET_BY = "changeable_by", "set_by"
AUTHOR, OWNER, ALL = "author", "owner", "all"  # without the first keyword it is the author
NOT_THERE = "There is no such document."


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What a visitor may do in a collection that is `changeable_by` author, owner or all."""

    changeable_by: object
    owner_fields: frozenset[str]
    is_owner: bool

    def may_change(self, document: Document) -> bool:
        """Whether they may replace and delete it."""
        if self.changeable_by == OWNER:
            return self.is_owner
        return self.changeable_by == ALL or document.is_own

    def check_change(self, document: Document | None) -> Document:
        """Let nobody change what they may not; whose a document is never changes.

        Raises `DocumentRefused`.
        """
        if document is None:
            raise DocumentRefused(NOT_THERE, 404)
        if not self.may_change(document):
            who = "" if self.changeable_by == OWNER else "who wrote it and "
            raise DocumentRefused(f"Only {who}the owner of the app can change it.", 403)
        return document

    @property
    def untouchable(self) -> frozenset[str]:
        """The fields that the visitor may not set."""
        return frozenset() if self.is_owner else self.owner_fields

    def check_added(self, data: Mapping[str, object]) -> None:
        """Let nobody add what the owner sets. Raises `DocumentRefused`."""
        for field in sorted(self.untouchable & data.keys()):
            if data[field]:
                raise DocumentRefused(
                    f"Only the owner of the app can set {field}: leave it out.", 403
                )

    def check_replaced(self, before: Document, data: Mapping[str, object]) -> None:
        """Let nobody set what the owner sets; what is left out stays. Raises `DocumentRefused`."""
        for field in sorted(self.untouchable & data.keys()):
            if (data[field] or None) != (before.data.get(field) or None):
                raise DocumentRefused(
                    f"Only the owner of the app can set {field}: load it again, and leave it out.",
                    403,
                )

    def left_as_is(self, before: Document, data: Mapping[str, object]) -> dict[str, object]:
        """What the owner has set and the visitor leaves out, so that it stays."""
        left_out = (self.untouchable & before.data.keys()) - data.keys()
        return {field: before.data[field] for field in left_out}


def rights_in(schema: object, *, is_owner: bool) -> Rights:
    """What a visitor may do in the collection of that schema."""
    known = schema if isinstance(schema, dict) else {}
    return Rights(
        changeable_by=known.get(CHANGEABLE_BY, AUTHOR),
        owner_fields=frozenset(_owner_fields(known)),
        is_owner=is_owner,
    )


def who_may_change(definitions: str) -> set[str]:
    """Who may change what is in the collections of a `collections.json`, each named once.

    `SET_BY` is among them where the owner has fields of their own.
    """
    schemas = [one for one in json.loads(definitions).values() if isinstance(one, dict)]
    whose = {str(one.get(CHANGEABLE_BY, AUTHOR)) for one in schemas}
    return whose | {SET_BY for one in schemas if _owner_fields(one)}


def is_owner_needed(definitions: str) -> bool:
    """Whether the owner alone may do something in the collections of a `collections.json`."""
    return not who_may_change(definitions).isdisjoint({OWNER, SET_BY})


def check_rights(
    name: str, schema: Mapping[str, object], parts: Iterable[Mapping[str, object]]
) -> None:
    """Raises `WorkspaceError` where a schema or one of its parts says of rights what it may not."""
    if schema.get(CHANGEABLE_BY, AUTHOR) not in (AUTHOR, OWNER, ALL):
        raise WorkspaceError(
            f'The schema of {name} must say "{CHANGEABLE_BY}": "{ALL}" if every visitor may change '
            f'and delete what others wrote, "{OWNER}" if only the owner of the app may change '
            f'anything, else "{AUTHOR}" or nothing.'
        )
    fields = _fields(schema)
    for part in parts:
        if CHANGEABLE_BY in part and part is not schema:
            raise WorkspaceError(
                f'"{CHANGEABLE_BY}" stands beside the outermost "type" of the schema of {name}: it '
                "is said of whole documents."
            )
        if SET_BY in part and not any(part is field for field in fields.values()):
            raise WorkspaceError(
                f'"{SET_BY}" stands in a field of the documents of {name}, and nowhere deeper: it '
                "is said of whole fields."
            )
    _check_owner_fields(name, fields)


def check_demands(name: str, schema: Mapping[str, object]) -> None:
    """Raises `WorkspaceError` where what only the owner sets is required of visitors."""
    for field in sorted(demanded(schema, frozenset(_owner_fields(schema)))):
        raise WorkspaceError(
            f"{name}.{field} is set by the owner and so cannot be required: visitors add "
            "documents without it."
        )


def _check_owner_fields(name: str, fields: Mapping[str, dict[str, Any]]) -> None:
    for field, said in fields.items():
        if said.get(SET_BY, OWNER) != OWNER:
            raise WorkspaceError(
                f'{name}.{field} must say "{SET_BY}": "{OWNER}" if only the owner of the app may '
                "set it, else nothing."
            )


def _owner_fields(schema: Mapping[str, object]) -> set[str]:
    return {field for field, said in _fields(schema).items() if said.get(SET_BY) == OWNER}


def _fields(schema: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """The schemas of a document's fields."""
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    return {name: said for name, said in known.items() if isinstance(said, dict)}
