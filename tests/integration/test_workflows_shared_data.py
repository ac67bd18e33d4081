"""The data engineer's answer becomes collections of the store, or a sentence of what to fix."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.collections.documents import definitions_of_versions
from bot.collections.known_schemas import known_definitions
from bot.collections.rights import rights_in
from bot.collections.schemas import DEFINITIONS, read_definitions, read_document
from bot.crew.tools import ToolContext
from bot.errors import WorkspaceError
from bot.model.answers import DataModel
from bot.projects.history import go_back
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from bot.workflows.shared_data import store_collections
from tests.integration.crew_stage import claimed_build

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

NOTHING: dict[str, Any] = {
    "required": True, "choices": [], "max_length": None, "minimum": None, "maximum": None,
    "max_items": None,
}  # fmt: skip


def value(name: str, kind: str, **said: object) -> dict[str, Any]:
    """A part of a record; what is not said is null."""
    return {**NOTHING, "name": name, "type": kind, **said}


def field(name: str, kind: str, *parts: dict[str, Any], **said: object) -> dict[str, Any]:
    return value(name, kind, parts=list(parts), **said)


def answer(*fields: dict[str, Any], name: str = "costs", **said: object) -> DataModel:
    """An answer with one collection."""
    collection = {"name": name, "holds": "one", "used_for": "it", "fields": list(fields), **said}
    return DataModel.model_validate({"summary": "s", "notes": [], "collections": [collection]})


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


async def test_every_kind_of_field_is_taken_by_the_store(at: ToolContext) -> None:
    model = answer(
        field("what", "text", max_length=40),
        field("paid_by", "text", choices=["Ana", "Ben"]),
        field("euros", "number", minimum=0, maximum=9999.5),
        field("people", "integer", minimum=1, maximum=9),
        field("is_settled", "boolean", required=False),
        field("tags", "text", max_length=9, max_items=2, required=False),
        field(
            "shares",
            "record",
            value("who", "text", max_length=20),
            value("part", "integer", minimum=0, maximum=100),
            max_items=3,
            required=False,
        ),
        field("is_done", "boolean", set_by_owner=True),
        changeable_by="all",
    )

    async with at.services.pool.connection() as connection:
        await store_collections(connection, at.build.project_id, model)
        text = await Workspace(connection, at.build.project_id).read(DEFINITIONS)

    definitions = read_definitions(text)
    rights = rights_in(definitions["costs"].schema, is_owner=False)
    assert (rights.changeable_by, rights.owner_fields) == ("all", frozenset({"is_done"}))
    fits = b'{"what": "Pizza", "paid_by": "Ana", "euros": 9.5, "people": 2, "tags": ["a"],'
    fits += b' "shares": [{"who": "Ben", "part": 50}], "is_settled": false}'
    assert read_document(definitions, "costs", fits)["people"] == 2


REFUSED = [
    (answer(name="costs"), "has no fields"),
    (answer(field("a", "boolean"), name="Costs"), "cannot be a collection's name"),
    (answer(field("id", "boolean")), "cannot be a field's name"),
    (answer(field("a", "boolean"), field("a", "boolean")), "each name once"),
    (answer(field("a", "text")), "give its max_length"),
    (answer(field("a", "text", max_length=0)), "give its max_length"),
    (answer(field("a", "number", minimum=1)), "give its minimum and its maximum"),
    (answer(field("a", "integer", minimum=2, maximum=1)), "give its minimum and its maximum"),
    (answer(field("a", "record")), "say its parts"),
    (answer(field("a", "record", value("b", "text"))), "costs.a.b is a text"),
    (answer(field("a", "boolean", max_items=0)), "at least 1"),
]


async def test_who_may_change_a_collection_is_said_anew_without_its_fields(at: ToolContext) -> None:
    async with at.services.pool.connection() as connection:
        project_id = at.build.project_id
        fields = [field("what", "text", max_length=40)]
        await store_collections(connection, project_id, answer(*fields, changeable_by="all"))
        await store_collections(connection, project_id, answer())  # by an older release: says none
        workspace = Workspace(connection, project_id)
        before = json.loads(await workspace.read(DEFINITIONS))
        assert before["costs"]["changeable_by"] == "all"

        await store_collections(connection, project_id, answer(changeable_by="owner"))

        now = json.loads(await workspace.read(DEFINITIONS))
    assert now == {"costs": {**before["costs"], "changeable_by": "owner"}}


async def test_what_cannot_be_kept_is_said_and_nothing_is_written(at: ToolContext) -> None:
    async with at.services.pool.connection() as connection:
        for model, complaint in REFUSED:
            with pytest.raises(WorkspaceError, match=complaint):
                await store_collections(connection, at.build.project_id, model)
        files = await Workspace(connection, at.build.project_id).list_files()
    assert [file.path for file in files] == ["index.html"]


class App:
    """An app whose versions are made of one answer each."""

    def __init__(self, connection: AsyncConnection, at: ToolContext) -> None:
        self._connection, self._build = connection, at.build

    async def change(self, model: DataModel) -> dict[str, Any]:
        """What the definitions are after an answer."""
        await store_collections(self._connection, self._build.project_id, model)
        text = await Workspace(self._connection, self._build.project_id).read(DEFINITIONS)
        defined: dict[str, Any] = json.loads(text)
        return defined

    async def write(self, defined: dict[str, Any]) -> None:
        workspace = Workspace(self._connection, self._build.project_id)
        await workspace.write(DEFINITIONS, json.dumps(defined))

    async def publish(self) -> None:
        await publish(
            self._connection,
            project_id=self._build.project_id,
            request_id=self._build.request_id,
            sites_base_url="https://x",
        )

    async def takes(self, collection: str, *documents: bytes) -> bool:
        """Whether the documents can be changed with any of the versions, which are online now."""
        versions = await definitions_of_versions(self._connection, self._build.project_id)
        known = known_definitions(collection, tuple(versions))
        return all(read_document(known, collection, one) for one in documents)

    async def undo(self) -> None:
        assert await go_back(self._connection, self._build.project_id)


@pytest.fixture
async def app(at: ToolContext) -> AsyncIterator[App]:
    async with at.services.pool.connection() as connection:
        yield App(connection, at)


WHAT = field("what", "text", max_length=40)
WHO = field("who", "text", max_length=40)


async def test_after_an_undo_a_field_keeps_the_kind_that_it_had(app: App) -> None:
    """What visitors entered meanwhile is still there, and fits the next version too."""
    await app.change(answer(WHAT))
    await app.publish()
    await app.change(answer(WHO))
    await app.publish()
    await app.undo()

    with pytest.raises(WorkspaceError, match=r"costs\.who is stored as string already"):
        await app.change(answer(field("who", "integer", minimum=0, maximum=9)))
    defined = await app.change(answer(field("count", "integer", minimum=0, maximum=9)))

    assert set(defined["costs"]["properties"]) == {"what", "count"}, "nobody knows of the other"
    await app.publish()
    assert await app.takes(
        "costs", b'{"what": "Salad", "who": "Ben"}', b'{"what": "Bread", "count": 2}'
    )


async def test_a_collection_that_was_undone_keeps_its_form_and_is_not_there_unasked(
    app: App,
) -> None:
    await app.change(answer(WHAT))
    await app.publish()
    await app.change(answer(field("text", "text", max_length=9), WHO, name="comments"))
    await app.publish()
    await app.undo()

    assert set(await app.change(answer(WHO))) == {"costs"}
    with pytest.raises(WorkspaceError, match=r"comments\.text is stored as string already"):
        await app.change(answer(field("text", "boolean"), name="comments"))
    stars = field("stars", "integer", minimum=1, maximum=5)
    text = field("text", "text", max_length=20)
    defined = await app.change(answer(text, stars, name="comments", changeable_by="all"))

    assert set(defined["comments"]["properties"]) == {"text", "stars"}
    await app.publish()
    assert await app.takes(
        "comments", b'{"text": "good", "who": "Ben"}', b'{"text": "very good", "stars": 5}'
    )
    assert rights_in(defined["comments"], is_owner=False).changeable_by == "all"


async def test_versions_that_contradict_each_other_keep_nobody_from_a_change(app: App) -> None:
    """As an earlier release let them be made after an undo."""
    for who in ({"type": "string", "maxLength": 9}, {"type": "integer"}):
        fields = {"who": who, "what": {"type": "string", "maxLength": 40}}
        await app.write({"costs": {"type": "object", "properties": fields}})
        await app.publish()
    await app.undo()

    defined = await app.change(answer(WHO))
    assert defined["costs"]["properties"]["who"] == {"type": "string", "maxLength": 40}
