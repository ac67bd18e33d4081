"""An app's collections after an undo: what was entered meanwhile can be changed in any version."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from werkzeug.test import Client, TestResponse

from bot.projects.history import go_back, go_forward, save_draft
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from bot.wsgi import create_app
from tests.integration.published_sites import Site, publish_site

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

TEXT = {"type": "string", "maxLength": 40}
INTEGER = {"type": "integer", "minimum": 0, "maximum": 9}


def files(*required: str, changeable_by: str = "all", **fields: object) -> dict[str, str]:
    """An app whose visitors share a list of what they bring."""
    items = {
        "type": "object",
        "properties": {"what": TEXT, "is_done": {"type": "boolean"}, **fields},
        "required": [*required],
        "additionalProperties": False,
        "changeable_by": changeable_by,
    }
    return {"index.html": "<p>Party</p>", "collections.json": json.dumps({"items": items})}


ONE = files("what", "is_done")
TWO = files("what", who=TEXT)  # nothing need be ticked off, and it is said who brings it
SALAD = {"what": "Salad", "who": "Ben"}


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, app: Client, settings: Settings, token: str) -> None:
        self._app = app
        self._base = settings.web.sites_base_url
        self._path = f"/{token}/api/collections/items"

    def ask(self, method: str, document: str = "", data: object = None) -> TestResponse:
        return self._app.open(
            f"{self._path}/{document}".rstrip("/"), base_url=self._base, method=method, json=data
        )

    def enters(self, data: object) -> str:
        answer = self.ask("POST", data=data)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])

    def reads(self, document: str) -> Any:
        return self.ask("GET", document).get_json()["data"]

    def sets(self, document: str, **fields: object) -> TestResponse:
        """What a page does to change some fields of a document."""
        return self.ask("PUT", document, self.reads(document) | fields)


class Party:
    """A published app, and the way back and forth between its versions."""

    def __init__(self, settings: Settings, pool: Pool, site: Site, client: Client) -> None:
        self._settings, self._pool, self.site, self._client = settings, pool, site, client

    def visitor(self, token: str = "") -> Visitor:
        self._client = Client(self._client.application)
        return Visitor(self._client, self._settings, token or self.site.token)

    async def undo(self) -> None:
        async with self._pool.connection() as connection:
            assert await go_back(connection, self.site.project)

    async def redo(self) -> None:
        async with self._pool.connection() as connection:
            assert await go_forward(connection, self.site.project)

    async def leave_draft(self, changed: dict[str, str]) -> None:
        async with self._pool.connection() as connection:
            for path, content in changed.items():
                await Workspace(connection, self.site.project).write(path, content)
            await save_draft(connection, self.site.project, uuid4())


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


@pytest.fixture
async def party(settings: Settings, pool: Pool, client: Client) -> Party:
    """It had its second version."""
    return Party(settings, pool, await publish_site(settings, ONE, TWO), client)


async def test_what_was_entered_with_an_undone_version_can_be_changed(party: Party) -> None:
    ben = party.visitor()
    salad = ben.enters(SALAD)
    await party.undo()

    assert ben.sets(salad, is_done=True).status_code == 200
    assert ben.reads(salad) == {**SALAD, "is_done": True}
    assert ben.ask("POST", data=SALAD).status_code == 201, "by a page that was open before"

    await party.redo()
    assert ben.sets(salad, who="Ana").status_code == 200
    assert ben.reads(salad) == {"what": "Salad", "who": "Ana", "is_done": True}


async def test_what_fits_no_version_is_refused_for_what_the_shown_one_says(party: Party) -> None:
    ben = party.visitor()
    salad = ben.enters(SALAD)
    await party.undo()

    for wrong in ({"count": 2}, {"who": 2}, {"what": "x" * 41}):
        assert ben.sets(salad, **wrong).status_code == 422
    refused = ben.ask("PUT", salad, {"is_done": True})
    assert refused.get_json() == {"error": "the document: 'what' is a required property."}
    assert ben.reads(salad) == SALAD


async def test_who_may_change_what_is_said_by_the_version_that_is_shown(
    settings: Settings, pool: Pool, client: Client
) -> None:
    site = await publish_site(settings, files(changeable_by="author"), TWO)
    party = Party(settings, pool, site, client)
    ana, ben = party.visitor(), party.visitor()
    salad = ben.enters(SALAD)
    assert ana.sets(salad, is_done=False).status_code == 200

    await party.undo()
    assert ana.sets(salad, is_done=True).status_code == 403
    assert ben.sets(salad, is_done=True).status_code == 200


async def test_what_became_the_owners_alone_is_its_authors_again_after_an_undo(
    settings: Settings, pool: Pool, client: Client
) -> None:
    only_the_owner = files("what", who=TEXT, changeable_by="owner")
    site = await publish_site(settings, files(changeable_by="author"), only_the_owner)
    party = Party(settings, pool, site, client)
    ben = party.visitor()
    salad = ben.enters(SALAD)
    assert ben.sets(salad, is_done=True).status_code == 403

    await party.undo()
    assert ben.sets(salad, is_done=True).status_code == 200
    await party.redo()
    assert ben.sets(salad, is_done=False).status_code == 403


async def test_a_field_that_became_the_owners_is_everybodys_again_after_an_undo(
    settings: Settings, pool: Pool, client: Client
) -> None:
    theirs = {"type": "boolean", "set_by": "owner"}
    site = await publish_site(settings, ONE, files("what", is_done=theirs, reply=theirs))
    party = Party(settings, pool, site, client)
    ben = party.visitor()
    salad = ben.enters({"what": "Salad"})
    assert ben.sets(salad, is_done=True).status_code == 403

    await party.undo()
    assert ben.sets(salad, is_done=True, reply=True).status_code == 200
    await party.redo()
    assert ben.sets(salad, is_done=False).status_code == 403
    assert ben.ask("PUT", salad, {"what": "Potato salad"}).status_code == 200
    assert ben.reads(salad) == {"what": "Potato salad", "is_done": True, "reply": True}


async def test_what_only_a_draft_would_take_is_refused(party: Party) -> None:
    await party.leave_draft(files("what", who=TEXT, count=INTEGER))
    assert party.visitor().ask("POST", data={**SALAD, "count": 2}).status_code == 422


async def test_versions_that_were_never_widened_from_each_other_are_served_as_before(
    settings: Settings, pool: Pool, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """As an earlier release let them be made after an undo."""
    site = await publish_site(settings, TWO, files("what", who=INTEGER))
    party = Party(settings, pool, site, client)
    before, now = party.visitor(site.versions[0]), party.visitor()

    salad, bread = before.enters(SALAD), now.enters({"what": "Bread", "who": 2})
    with caplog.at_level(logging.WARNING):
        assert now.sets(salad, is_done=True).status_code == 422
    assert "items.who is stored as string already" in caplog.text
    assert now.sets(salad, who=3).status_code == 200
    assert now.sets(bread, is_done=True).status_code == 200


async def test_an_earlier_versions_link_goes_round_nobodys_rights(
    settings: Settings, pool: Pool, client: Client
) -> None:
    for_all, for_the_owner = files("what"), files("what", changeable_by="owner")
    party = Party(settings, pool, await publish_site(settings, for_all, for_the_owner), client)
    salad = party.visitor().enters({"what": "Salad"})
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT version_token FROM version WHERE number = 1")
        ((first,),) = await cursor.fetchall()
    assert party.visitor(first).ask("DELETE", salad).status_code == 403

    await party.undo()
    assert party.visitor(first).ask("DELETE", salad).status_code == 204
