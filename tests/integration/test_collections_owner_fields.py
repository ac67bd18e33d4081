"""Documents in the store of published apps and in that of a check, and fields of the owner's."""

import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeAlias

import psycopg
import pytest

from bot.checks.in_memory_documents import InMemoryDocuments
from bot.collections.api import ApiRequest, ApiResponse, DocumentStore, handle
from bot.collections.documents import Author, Documents, find_shown
from bot.collections.schemas import MAX_DOCUMENT, read_definitions
from bot.settings.groups import Settings
from tests.acceptance.stack import eventually
from tests.integration.published_sites import publish_site

pytestmark = pytest.mark.anyio

Visitors: TypeAlias = Callable[[str], DocumentStore]
"""How somebody meets the documents: a visitor by name, or the "owner"."""

_WISH = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": 200},
        "is_done": {"type": "boolean", "set_by": "owner"},
        "reply": {"type": "string", "maxLength": 200, "set_by": "owner"},
    },
    "required": ["text"],
    "additionalProperties": False,
}
_LETTER = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": MAX_DOCUMENT},
        "answer": {"type": "string", "maxLength": MAX_DOCUMENT, "set_by": "owner"},
    },
}
_DEFINED = json.dumps(
    {
        "wishes": _WISH,
        "open": _WISH | {"changeable_by": "all"},
        "letters": _LETTER,
        "any": {"type": "object"},
    }
)
FILES = {"index.html": "<p>Wishes</p>", "collections.json": _DEFINED}


@pytest.fixture
async def published(settings: Settings, database_url: str) -> AsyncIterator[Visitors]:
    site = await publish_site(settings, FILES)
    with ExitStack() as open_connections:

        def met_by(name: str) -> DocumentStore:
            connection = open_connections.enter_context(
                psycopg.connect(database_url, autocommit=True)
            )
            shown = find_shown(connection, site.token)
            assert shown is not None
            author = Author(key=name.encode(), is_owner=name == "owner")
            return Documents(connection, shown.project_id, author, None)

        yield met_by


@pytest.fixture
def tried() -> Visitors:
    kept = InMemoryDocuments()
    numbers: dict[str, int] = {}

    def met_by(name: str) -> DocumentStore:
        if name == "owner":
            return kept.as_visitor("owner")
        return kept.as_visitor(numbers.setdefault(name, len(numbers) + 1))

    return met_by


@pytest.fixture(params=["published", "tried"])
def visitors(request: pytest.FixtureRequest, published: Visitors, tried: Visitors) -> Visitors:
    return published if request.param == "published" else tried


def ask(store: DocumentStore, method: str, path: str, **data: object) -> ApiResponse:
    api_request = ApiRequest(
        method=method,
        path=path,
        content_type="application/json",
        body=json.dumps(data).encode() if data else b"",
    )
    return handle(api_request, read_definitions(_DEFINED), store)


def added(store: DocumentStore, collection: str = "wishes", **data: object) -> str:
    answer = ask(store, "POST", collection, **data)
    assert answer.status == 201, answer.value
    assert isinstance(answer.value, dict)
    return f"{collection}/{answer.value['id']}"


def data_of(answer: ApiResponse) -> Any:
    assert answer.status == 200, answer.value
    assert isinstance(answer.value, dict)
    return answer.value["data"]


async def test_a_visitor_adds_nothing_that_the_owner_sets(visitors: Visitors) -> None:
    ada = visitors("ada")
    refused = ask(ada, "POST", "wishes", text="Soup", is_done=True)
    assert (refused.status, refused.value) == (
        403,
        {"error": "Only the owner of the app can set is_done: leave it out."},
    )
    for nothing in ({}, {"is_done": False}, {"is_done": False, "reply": ""}):
        added(ada, text="Soup", **nothing)
    assert added(visitors("owner"), text="Soup", is_done=True, reply="On Monday")


@pytest.mark.parametrize("collection", ["wishes", "open"])
async def test_what_the_owner_has_set_outlasts_what_its_author_corrects(
    visitors: Visitors, collection: str
) -> None:
    ada, owner = visitors("ada"), visitors("owner")
    wish = added(ada, collection, text="Sup")
    ticked = ask(owner, "PUT", wish, text="Sup", is_done=True, reply="On Monday")
    assert data_of(ticked)["is_done"]

    assert data_of(ask(ada, "PUT", wish, text="Soup")) == {
        "text": "Soup",
        "is_done": True,
        "reply": "On Monday",
    }
    assert ask(ada, "PUT", wish, text="Soup!", is_done=True).status == 200
    for stale in ({"is_done": False}, {"is_done": True, "reply": "Never"}):
        refused = ask(ada, "PUT", wish, text="Soup", **stale)
        assert refused.status == 403
        assert "load it again, and leave it out" in json.dumps(refused.value)
    assert data_of(ask(visitors("ben"), "GET", wish))["text"] == "Soup!"
    assert data_of(ask(owner, "PUT", wish, text="Soup")) == {"text": "Soup"}, "the owner unticks"


async def test_fields_come_back_in_one_order_in_either_store(visitors: Visitors) -> None:
    ada = visitors("ada")
    sent = {"zone": 1, "ä": 2, "zz": 3, "aa": [{"bb": {"id": 1, "X": 2}, "a": 1}], "b": ""}
    any_one = added(ada, "any", **sent)
    read = data_of(ask(ada, "GET", any_one))
    assert [*read] == ["b", "aa", "zz", "ä", "zone"]
    assert [*read["aa"][0]] == ["a", "bb"]
    assert [*read["aa"][0]["bb"]] == ["X", "id"]
    assert [*data_of(ask(ada, "PUT", any_one, **sent, a=1))] == ["a", "b", "aa", "zz", "ä", "zone"]


async def test_who_may_not_change_a_document_may_not_tick_it_off_either(visitors: Visitors) -> None:
    wish = added(visitors("ada"), text="Soup")
    assert ask(visitors("ben"), "PUT", wish, text="Soup", is_done=True).status == 403
    assert ask(visitors("ada"), "PUT", wish, text="Soup", is_done=True).status == 403
    assert ask(visitors("ada"), "DELETE", wish).status == 204


@pytest.mark.parametrize("sent", [{}, {"is_done": False}])
async def test_a_tick_that_is_set_while_its_author_writes_stays(
    published: Visitors, database_url: str, sent: dict[str, object]
) -> None:
    """Both have read the wish when the first of them writes it."""
    wish = added(published("ada"), text="Sup")
    with ThreadPoolExecutor() as threads, psycopg.connect(database_url) as holder:
        holder.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('documents:' || project_id, 0))"
            " FROM document"
        )
        owner, ada = published("owner"), published("ada")
        ticked = threads.submit(ask, owner, "PUT", wish, text="Sup", is_done=True)
        eventually(lambda: waiting(holder) == 1, "the owner waits")
        corrected = threads.submit(ask, ada, "PUT", wish, text="Soup", **sent)
        eventually(lambda: waiting(holder) == 2, "so does the author")
        holder.commit()
        assert data_of(ticked.result(60)) == {"text": "Sup", "is_done": True}
        assert data_of(corrected.result(60)) == {"text": "Soup", "is_done": True}


def waiting(connection: psycopg.Connection) -> int:
    """How many writers wait for each other."""
    found = connection.execute(
        "SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
    )
    return found.rowcount


async def test_a_document_has_its_most_bytes_with_what_the_owner_has_set(
    visitors: Visitors,
) -> None:
    ada, owner = visitors("ada"), visitors("owner")
    letter = added(ada, "letters", text="Why?")
    assert ask(owner, "PUT", letter, text="Why?", answer="A" * 5_000).status == 200

    refused = ask(ada, "PUT", letter, text="W" * 4_000)
    assert (refused.status, refused.value) == (413, {"error": "A document may have 8000 bytes."})
    assert ask(ada, "PUT", letter, text="W" * 2_000).status == 200
    assert ask(owner, "PUT", letter, text="W" * 2_000, answer="B" * 5_000).status == 200


async def test_what_the_owner_has_set_takes_room_after_a_correction_too(
    published: Visitors, database_url: str
) -> None:
    letter = added(published("ada"), "letters", text="Why?")
    assert ask(published("owner"), "PUT", letter, text="Why?", answer="Ä" * 1_000).status == 200
    assert ask(published("ada"), "PUT", letter, text="Why not?").status == 200
    with psycopg.connect(database_url) as connection:
        sizes = connection.execute("SELECT size FROM document").fetchall()
    assert sizes == [(len('{"text":"Why not?","answer":""}') + 2_000,)]
