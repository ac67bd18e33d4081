"""Reading stored documents, of this schema version and of the ones before.

Each version but the newest has one numbered upgrade that turns its JSON into the next version's;
they run one after the other. To change the schema, raise `SCHEMA_VERSION` in `document.py` and
write the upgrade from the version before.
"""

import json
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from handoffs.document import SCHEMA_VERSION, HandoffDocument
from handoffs.errors import InvalidDocument

Stored = dict[str, Any]


def load_document(stored: str | bytes | Stored) -> HandoffDocument:
    """The document in `stored`, JSON text or parsed.

    Raises `InvalidDocument` with a sentence that names the field and the reason.
    """
    document = _upgraded(stored if isinstance(stored, dict) else _parsed(stored))
    try:
        # JSON mode, because in it UUIDs, times and decimals are texts and lists are tuples.
        return HandoffDocument.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise InvalidDocument(describe(error)) from error


def describe(error: ValidationError) -> str:
    """What is wrong with a document, as sentences that name field and reason."""
    faults = [
        f"{_field(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}."
        for fault in error.errors(include_url=False)[:5]
    ]
    more = error.error_count() - len(faults)
    return " ".join([*faults, f"And {more} more."] if more > 0 else faults)


def _parsed(text: str | bytes) -> Stored:
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidDocument(f"document: not complete JSON ({error}).") from error
    if not isinstance(document, dict):
        raise InvalidDocument("document: must be a JSON object.")
    return document


def _upgraded(document: Stored) -> Stored:
    version = document.get("schema_version")
    if type(version) is not int or not 1 <= version <= SCHEMA_VERSION:
        raise InvalidDocument(
            f"schema_version: {json.dumps(version)} is not known, only 1 to {SCHEMA_VERSION} are."
        )
    for number in range(version, SCHEMA_VERSION):
        try:
            document = UPGRADES[number](document)
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidDocument(
                f"document: not a whole document of schema version {number} ({error!r})."
            ) from error
    return document


def _field(path: tuple[int | str, ...]) -> str:
    name = ""
    for step in path:
        name += f"[{step}]" if isinstance(step, int) else f".{step}"
    return name.lstrip(".") or "document"


def _number_the_work_items(document: Stored) -> Stored:
    """1 → 2: finished and open work were two lists of texts; they become one list with numbers.

    The user's later messages were not kept apart from the original request.
    """
    kept = {**document}
    finished, open_ = kept.pop("finished_items"), kept.pop("todo")
    marked = [(text, True) for text in finished] + [(text, False) for text in open_]
    kept["todo_list"] = [
        {"number": number, "description": text, "passes": passes, "files": []}
        for number, (text, passes) in enumerate(marked, start=1)
    ]
    kept["messages"] = [kept["original_request"]]
    return {**kept, "schema_version": 2}


def _make_room_for_faults(document: Stored) -> Stored:
    """2 → 3: what is broken, what failed and the last check stood nowhere, or among the words."""
    nothing: Stored = {"known_faults": [], "failed_attempts": [], "last_check": None}
    return {**document, **nothing, "schema_version": 3}


UPGRADES: dict[int, Callable[[Stored], Stored]] = {
    1: _number_the_work_items,
    2: _make_room_for_faults,
}
"""By the version they start from."""
