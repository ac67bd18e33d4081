"""Who changes what visitors left in an app: who wrote it, the owner, or all where that is said."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from cryptography.fernet import Fernet
from werkzeug.http import parse_options_header
from werkzeug.test import Client, TestResponse

from bot.collections.owner_keys import (
    BROWSER,
    DOWNLOAD,
    OPENING,
    VALID_SECONDS,
    Purpose,
    make_owner_key,
    owner_link,
)
from bot.settings.groups import Settings
from bot.wsgi import Application, create_app
from tests.checked_apps import POLL
from tests.integration.published_sites import Site, publish_site
from tests.settings import changed

pytestmark = pytest.mark.anyio

_ENTRY = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "maxLength": 200}},
}
FILES = POLL.files | {
    "collections.json": json.dumps(
        {
            "entries": _ENTRY,
            "shopping": _ENTRY | {"changeable_by": "all"},
            "wishes": _ENTRY | {"changeable_by": "owner"},
        }
    )
}


@pytest.fixture
def app(settings: Settings) -> Iterator[Application]:
    app = create_app(settings)
    yield app
    app.close()


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser of their own, who has the app's link."""

    browser: Client
    settings: Settings
    token: str

    def ask(self, method: str, below: str, text: str | None = None) -> TestResponse:
        return self.browser.open(
            f"/{self.token}/api/collections/{below}",
            base_url=self.settings.web.sites_base_url,
            method=method,
            json=None if text is None else {"text": text},
        )

    def writes(self, text: str, collection: str = "entries") -> str:
        answer = self.ask("POST", collection, text)
        assert answer.status_code == 201, answer.text
        assert answer.get_json()["may_change"] is (collection != "wishes")
        return f"{collection}/{answer.get_json()['id']}"

    def may_change(self, document: str) -> bool:
        """What each way to read the document tells, which must be the same."""
        collection, document_id = document.split("/")
        listed = {one["id"]: one for one in self.ask("GET", collection).get_json()["documents"]}
        read = self.ask("GET", document).get_json()
        assert listed[document_id] == read
        return bool(read["may_change"])


@pytest.fixture
async def site(settings: Settings, anyio_backend: str) -> Site:
    return await publish_site(settings, FILES)


@pytest.fixture
def ada(app: Application, settings: Settings, site: Site) -> Visitor:
    return Visitor(Client(app), settings, site.token)


@pytest.fixture
def ben(app: Application, settings: Settings, site: Site) -> Visitor:
    return Visitor(Client(app), settings, site.token)


@pytest.fixture
def project_id(database_url: str, site: Site) -> UUID:
    with psycopg.connect(database_url) as connection:
        ((found,),) = connection.execute(
            "SELECT project_id FROM project WHERE site_token = %s", [site.token]
        ).fetchall()
    return UUID(str(found))


def owners_links(settings: Settings, project_id: UUID, token: str, *, age: int = 0) -> list[str]:
    """The two links that the owner was given in the chat `age` seconds ago."""
    given = datetime.now(UTC) - timedelta(seconds=age)
    return [
        path_of(settings, token, purpose, key)
        for purpose in (OPENING, DOWNLOAD)
        for key in [make_owner_key(settings.identity, project_id, purpose, now=given)]
    ]


def path_of(settings: Settings, token: str, purpose: Purpose, key: str) -> str:
    """The link without its host."""
    return owner_link(settings.web, token, purpose, key).removeprefix(settings.web.sites_base_url)


async def test_only_who_wrote_a_document_changes_and_deletes_it(ada: Visitor, ben: Visitor) -> None:
    entry = ada.writes("Ada was here")
    assert (ada.may_change(entry), ben.may_change(entry)) == (True, False)
    for method, text in (("DELETE", None), ("PUT", "Ben was here")):
        refused = ben.ask(method, entry, text)
        assert (refused.status_code, refused.get_json()) == (
            403,
            {"error": "Only who wrote it and the owner of the app can change it."},
        )
    assert ben.ask("GET", entry).get_json()["data"] == {"text": "Ada was here"}

    assert ada.ask("PUT", entry, "Ada was happy here").status_code == 200
    assert ben.ask("DELETE", entry).status_code == 403
    assert ada.ask("DELETE", entry).status_code == 204
    assert ben.ask("DELETE", entry).status_code == 404


async def test_all_change_what_the_schema_says_is_for_all(ada: Visitor, ben: Visitor) -> None:
    item = ada.writes("milk", "shopping")
    assert ben.may_change(item)
    assert ben.ask("PUT", item, "oat milk").status_code == 200
    assert ben.ask("DELETE", item).status_code == 204


async def test_the_owner_alone_changes_what_the_schema_says_is_for_them(
    ada: Visitor, ben: Visitor, settings: Settings, project_id: UUID
) -> None:
    wish = ada.writes("more soup", "wishes")
    assert not ada.may_change(wish)
    assert not ada.ask("GET", "wishes").get_json()["is_owner"]
    for method, text in (("PUT", "done"), ("DELETE", None)):
        refused = ada.ask(method, wish, text)
        assert refused.status_code == 403
        assert refused.get_json() == {"error": "Only the owner of the app can change it."}

    ben.browser.get(
        owners_links(settings, project_id, ada.token)[0],
        base_url=settings.web.sites_base_url,
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert ben.may_change(wish)
    assert ben.ask("GET", "wishes").get_json()["is_owner"]
    assert ben.ask("PUT", wish, "done").status_code == 200
    assert ben.ask("DELETE", wish).status_code == 204


async def test_what_was_left_before_there_were_keys_is_everybodys_as_before(
    ada: Visitor, ben: Visitor, database_url: str
) -> None:
    entry = ada.writes("from long ago")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE document SET author_key = NULL")

    assert ben.may_change(entry)
    assert ben.ask("PUT", entry, "changed").status_code == 200
    assert ben.ask("DELETE", entry).status_code == 204


async def test_the_owner_changes_and_deletes_all_in_the_browser_that_opened_their_link(
    ada: Visitor, ben: Visitor, settings: Settings, project_id: UUID
) -> None:
    first, second = ada.writes("one"), ada.writes("two")
    link, _ = owners_links(settings, project_id, ada.token)
    from_the_chat = {"Sec-Fetch-Site": "cross-site"}

    opened = ben.browser.get(link, base_url=settings.web.sites_base_url, headers=from_the_chat)

    assert (opened.status_code, opened.headers["Location"]) == (
        303,
        f"{settings.web.sites_base_url}/{ben.token}/",
    )
    assert ben.may_change(first)
    assert ben.ask("PUT", first, "moderated").status_code == 200
    assert ben.ask("DELETE", second).status_code == 204
    assert ada.ask("PUT", first, "still mine").status_code == 200


async def test_the_owner_of_another_app_is_a_stranger(
    ada: Visitor, ben: Visitor, settings: Settings
) -> None:
    other = await publish_site(settings, FILES)
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        ((theirs,),) = connection.execute(
            "SELECT project_id FROM project WHERE site_token = %s", [other.token]
        ).fetchall()
    entry = ada.writes("Ada was here")
    for link in owners_links(settings, theirs, ben.token):
        assert ben.browser.get(link, base_url=settings.web.sites_base_url).status_code == 404
    key = make_owner_key(settings.identity, theirs, OPENING, now=datetime.now(UTC))
    ben.browser.set_cookie("owner", key, domain="127.0.0.1", path="/")

    assert ben.ask("DELETE", entry).status_code == 403


async def test_an_owners_key_expires_and_cannot_be_made_up(
    ada: Visitor, ben: Visitor, settings: Settings, project_id: UUID
) -> None:
    entry = ada.writes("Ada was here")
    cipher = Fernet(settings.identity.contact_key.get_secret_value())
    keys = [
        make_owner_key(
            settings.identity,
            project_id,
            OPENING,
            now=datetime.now(UTC) - timedelta(seconds=VALID_SECONDS[OPENING] + 5),
        ),
        cipher.encrypt(f"media:{project_id}".encode()).decode(),
        Fernet(Fernet.generate_key()).encrypt(f"owner:{project_id}".encode()).decode(),
        cipher.encrypt(b"owner:").decode(),
        str(project_id),
        "",
    ]
    for key in keys:
        for purpose in (OPENING, DOWNLOAD):
            path = path_of(settings, ben.token, purpose, key)
            assert ben.browser.get(path, base_url=settings.web.sites_base_url).status_code == 404
        ben.browser.set_cookie("owner", key, domain="127.0.0.1", path="/")
        assert ben.ask("DELETE", entry).status_code == 403
    ben.browser.delete_cookie("owner", domain="127.0.0.1", path="/")


@pytest.mark.parametrize(("days", "status"), [(29, 204), (31, 403)])
async def test_a_browser_stays_the_owners_for_a_month(
    ada: Visitor, ben: Visitor, settings: Settings, project_id: UUID, days: int, status: int
) -> None:
    entry = ada.writes("Ada was here")
    opened = datetime.now(UTC) - timedelta(days=days)
    key = make_owner_key(settings.identity, project_id, BROWSER, now=opened)
    ben.browser.set_cookie("owner", key, domain="127.0.0.1", path="/")
    link = path_of(settings, ben.token, OPENING, key)
    assert ben.browser.get(link, base_url=settings.web.sites_base_url).status_code == 404

    assert ben.ask("DELETE", entry).status_code == status


async def test_who_is_passed_the_link_to_the_download_can_change_nothing(
    ada: Visitor, ben: Visitor, settings: Settings, project_id: UUID
) -> None:
    entry = ada.writes("Ada was here")
    key = make_owner_key(settings.identity, project_id, DOWNLOAD, now=datetime.now(UTC))
    opening = path_of(settings, ben.token, OPENING, key)
    assert ben.browser.get(opening, base_url=settings.web.sites_base_url).status_code == 404
    ben.browser.set_cookie("owner", key, domain="127.0.0.1", path="/")

    assert ben.ask("DELETE", entry).status_code == 403


async def test_the_owner_downloads_all_that_was_left_whatever_it_says(
    ada: Visitor, ben: Visitor, settings: Settings, project_id: UUID
) -> None:
    ada.writes('=HYPERLINK("https://evil.example")')
    ben.writes("Grüße, 🎉\nund Küsse")
    ben.writes("milk", "shopping")
    _, link = owners_links(settings, project_id, ada.token)

    answer = Client(ada.browser.application).get(link, base_url=settings.web.sites_base_url)

    assert answer.headers["Content-Disposition"] == "attachment; filename=todo-data.zip"
    packed = zipfile.ZipFile(io.BytesIO(answer.data))
    names = {"entries.json", "entries.csv", "shopping.json", "shopping.csv"}
    assert set(packed.namelist()) == names
    entries = json.loads(packed.read("entries.json"))
    assert [one["data"]["text"] for one in entries] == [
        '=HYPERLINK("https://evil.example")',
        "Grüße, 🎉\nund Küsse",
    ]
    header, *rows = csv.reader(io.StringIO(packed.read("entries.csv").decode("utf-8-sig")))
    assert header == ["id", "created_at", "updated_at", "text"]
    assert [row[3] for row in rows] == [
        '\'=HYPERLINK("https://evil.example")',
        "Grüße, 🎉\nund Küsse",
    ]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("खरीदारी सूची", "खरीदारी-सूची-data.zip"),
        ("🍕\ufe0f Größe – Maß!", "größe-maß-data.zip"),
        ("a-b_c", "a-b_c-data.zip"),
        ("!!!", "app-data.zip"),
    ],
)
async def test_the_download_is_called_as_the_app_is_in_its_own_letters(
    app: Application, settings: Settings, title: str, name: str
) -> None:
    site = await publish_site(settings, FILES, title=title)
    _, link = owners_links(settings, site.project, site.token)
    answer = Client(app).get(link, base_url=settings.web.sites_base_url)

    _, said = parse_options_header(answer.headers["Content-Disposition"])
    assert said["filename"] == name


async def test_what_is_nested_too_deep_is_refused_and_what_is_taken_can_be_listed_and_downloaded(
    app: Application, settings: Settings
) -> None:
    anything = {"collections.json": json.dumps({"trees": {"type": "object"}})}
    site = await publish_site(settings, POLL.files | anything)
    base = settings.web.sites_base_url
    path = f"/{site.token}/api/collections/trees"
    browser = Client(app)

    for depth in range(50, 1_000, 50):
        tree = '{"a":' * depth + "1" + "}" * depth
        added = browser.post(path, base_url=base, data=tree, content_type="application/json")
        assert added.status_code in ({201} if depth <= 100 else {400, 422}), depth

    assert len(browser.get(path, base_url=base).get_json()["documents"]) == 2
    _, link = owners_links(settings, site.project, site.token)
    assert browser.get(link, base_url=base).status_code == 200


@pytest.mark.parametrize(
    ("sites_base_url", "host", "prefix", "cookie", "secure"),
    [
        ("http://127.0.0.1:2", "127.0.0.1:2", "/{token}/", "visitor", False),
        ("https://apps.example.com", "apps.example.com", "/{token}/", "visitor", True),
        ("https://*.apps.example.com", "{token}.apps.example.com", "/", "__Host-visitor-key", True),
    ],
)
async def test_a_visitors_key_is_for_one_app_and_not_for_scripts(
    settings: Settings,
    site: Site,
    sites_base_url: str,
    host: str,
    prefix: str,
    cookie: str,
    secure: bool,
) -> None:
    app = create_app(changed(settings, SITES_BASE_URL=sites_base_url))
    browser = Client(app)
    base = f"{sites_base_url.partition(':')[0]}://{host.format(token=site.token)}"
    page = prefix.format(token=site.token)
    path = f"{page}api/collections/entries"

    given = browser.get(page, base_url=base).headers["Set-Cookie"]
    renewed = browser.get(path, base_url=base).headers["Set-Cookie"]
    assert "Set-Cookie" not in browser.get(page, base_url=base).headers
    assert "Set-Cookie" not in browser.get(f"{page}app.js", base_url=base).headers
    app.close()

    pair, *attributes = given.split("; ")
    assert pair.partition("=")[0] == cookie
    assert renewed.split("; ")[0] == pair, "a browser keeps its key"
    below = "/" if cookie.startswith("__Host-") else page
    assert {"HttpOnly", "SameSite=Lax", f"Path={below}"} <= set(attributes)
    assert ("Secure" in attributes) is secure
    assert not [one for one in attributes if one.startswith("Domain")]


async def test_what_a_page_asks_at_once_is_asked_by_one_visitor(
    app: Application, settings: Settings, site: Site
) -> None:
    base = settings.web.sites_base_url
    page = Client(app).get(f"/{site.token}/", base_url=base).headers["Set-Cookie"]
    # None of these waits for another's answer: each has what came with the page.
    tabs = [Visitor(Client(app), settings, site.token) for _ in range(3)]
    for tab in tabs:
        key = page.partition("=")[2].partition(";")[0]
        tab.browser.set_cookie("visitor", key, domain="127.0.0.1", path=f"/{site.token}/")
    written = [tab.writes("seed") for tab in tabs]
    assert {tabs[0].ask("DELETE", one).status_code for one in written} == {204}


async def test_each_page_of_an_app_that_shares_data_brings_the_key(
    app: Application, settings: Settings
) -> None:
    """What is asked first on the page that a link from elsewhere opens is asked by one, too."""
    pages = {"list.html": "<!doctype html><title>List</title>", "style.css": "p { margin: 0 }"}
    sharing = await publish_site(settings, FILES | pages)
    alone = await publish_site(settings, {"index.html": "<!doctype html>", **pages})

    def has_key(path: str, site: Site) -> bool:
        browser = Client(app)
        answer = browser.get(f"/{site.token}/{path}", base_url=settings.web.sites_base_url)
        assert answer.status_code == 200
        return "Set-Cookie" in answer.headers

    assert has_key("list.html", sharing)
    assert not has_key("style.css", sharing)
    assert not has_key("list.html", alone)


async def test_a_key_from_before_it_came_with_the_page_stays_the_visitors(
    settings: Settings, site: Site
) -> None:
    base = "https://*.apps.example.com"
    app = create_app(changed(settings, SITES_BASE_URL=base))
    host = base.replace("*", site.token)
    older = "ab" * 16
    browser = Client(app)
    browser.set_cookie("__Host-visitor", older, domain=host.removeprefix("https://"), secure=True)
    assert "Set-Cookie" not in browser.get("/", base_url=host).headers
    given = browser.get("/api/collections/entries", base_url=host).headers["Set-Cookie"]
    app.close()
    assert given.startswith(f"__Host-visitor-key={older};")


async def test_an_app_that_shares_nothing_gives_its_visitors_no_key(
    app: Application, settings: Settings
) -> None:
    alone = await publish_site(settings, {"index.html": "<!doctype html><title>Alone</title>"})
    answer = Client(app).get(f"/{alone.token}/", base_url=settings.web.sites_base_url)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)


async def test_the_database_does_not_know_the_keys(
    ada: Visitor, settings: Settings, database_url: str
) -> None:
    other = Visitor(ada.browser, settings, (await publish_site(settings, FILES)).token)
    key = ada.ask("GET", "entries").headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    ada.browser.set_cookie(
        "visitor", key, domain="127.0.0.1", path=f"/{other.token}/api/collections/"
    )
    ada.writes("here")
    other.writes("and there")

    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT author_key FROM document").fetchall()
    hashes = {bytes(one) for (one,) in rows}
    assert len(hashes) == 2, "no two apps know a browser by the same"
    assert all(len(one) == 32 and key.encode() not in one for one in hashes)
