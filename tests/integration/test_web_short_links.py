"""The short addresses in messages: `/a/…/` leads to an app, `/e/…` to an export, for a day."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import AsyncConnection
from werkzeug.test import Client, TestResponse

from bot.delivery.exports import LINK_SECONDS, keep_export
from bot.delivery.media import Media
from bot.settings.groups import Settings
from bot.sites.links import SiteLinks, host_of, make_token
from bot.sites.short_links import ShortLinks, make_export_name
from bot.wsgi import create_app
from tests.integration.published_sites import publish_site
from tests.settings import changed
from tests.users import insert_user

pytestmark = pytest.mark.anyio

ZIPPED = Media(file_name="shop.zip", content_type="application/zip", content=b"PK")


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


@pytest.fixture
async def export(database_url: str) -> str:
    """The name of an export."""
    with psycopg.connect(database_url) as connection:
        insert_user(connection, "u")
    async with await AsyncConnection.connect(database_url) as connection:
        return await keep_export(connection, "u", ZIPPED)


def get(client: Client, settings: Settings, path: str) -> TestResponse:
    return client.get(path, base_url=settings.web.public_base_url)


def short(settings: Settings, token: str) -> str:
    """The path of an app's short link."""
    link = ShortLinks(settings.web.public_base_url).app(token)
    return link.removeprefix(settings.web.public_base_url)


async def test_a_short_link_leads_to_the_app_and_below_it(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(settings, {"index.html": "<p>Hello", "css/a.css": "p {}"})
    links = SiteLinks(settings.web.sites_base_url)
    for token in (site.token, *site.versions):
        path = short(settings, token)
        for below, meant in (("", ""), ("css/a.css?v=1&w=%2F", "css/a.css?v=1&w=%2F")):
            answer = get(client, settings, path + below)
            assert (answer.status_code, answer.headers["Location"]) == (
                302,
                links.url(token) + meant,
            )
            there = answer.headers["Location"].removeprefix(settings.web.sites_base_url)
            assert client.get(there, base_url=settings.web.sites_base_url).status_code == 200
        assert get(client, settings, path.removesuffix("/")).status_code == 308
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_with_a_wildcard_it_leads_to_the_app_s_own_host(settings: Settings) -> None:
    settings = changed(settings, SITES_BASE_URL="https://*.apps.example.com")
    token, app = make_token(), create_app(settings)
    answer = get(Client(app), settings, short(settings, token))
    assert answer.headers["Location"] == f"https://{token}.apps.example.com/"
    app.close()


async def test_an_arabic_text_s_mark_behind_a_link_does_no_harm(
    client: Client, settings: Settings, export: str
) -> None:
    site = await publish_site(settings, {"index.html": "<p>Hello"})
    answer = get(client, settings, f"{short(settings, site.token)}\u2069")
    there = answer.headers["Location"].removeprefix(settings.web.sites_base_url)
    assert client.get(there, base_url=settings.web.sites_base_url).status_code == 200
    assert get(client, settings, f"/e/{export}\u2069").data == b"PK"


def test_a_name_that_was_made_up_leads_nowhere(client: Client, settings: Settings) -> None:
    for path in ("/a/x/", f"/a/{make_token()}/", f"/e/{make_export_name()}", "/e/x", "/e/"):
        assert get(client, settings, path).status_code == 404
    posted = client.post(short(settings, make_token()), base_url=settings.web.public_base_url)
    assert posted.status_code == 405


async def test_an_export_is_a_file_to_keep(client: Client, settings: Settings, export: str) -> None:
    answer = get(client, settings, f"/e/{export}")

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/zip", b"PK")
    assert answer.headers["Content-Disposition"] == "attachment; filename=shop.zip"
    assert answer.headers["Cache-Control"] == "no-store"
    elsewhere = client.get(f"/e/{export}", base_url=settings.web.sites_base_url)
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    "gone",
    [
        f"UPDATE media SET created_at = now() - make_interval(secs => {LINK_SECONDS + 1})",
        "DELETE FROM contact",
    ],
)
async def test_an_export_s_link_ends_after_a_day_and_with_its_user(
    client: Client, settings: Settings, export: str, database_url: str, gone: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(gone)
    assert get(client, settings, f"/e/{export}").status_code == 404


@pytest.mark.parametrize("name", ["%00", "%00" * 22, "x" * 21, "x" * 23, "%C3%A9" * 22, "x%0A"])
def test_what_can_be_no_export_s_name_is_not_looked_up(settings: Settings, name: str) -> None:
    away = changed(settings, DATABASE_URL="postgresql://127.0.0.1:1/none?connect_timeout=1")
    app = create_app(away)
    assert get(Client(app), settings, f"/e/{name}").status_code == 404
    app.close()


def test_visitors_of_apps_have_threads_of_their_own(settings: Settings) -> None:
    host = host_of(settings.web.public_base_url)
    app = create_app(settings)
    assert app.lane(host, short(settings, make_token())) == "visitors"
    assert app.lane(host, "/e/x") == "product"
    app.close()
