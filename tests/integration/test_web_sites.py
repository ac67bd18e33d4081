import gzip
from collections.abc import Iterator

import psycopg
import pytest
from werkzeug.test import Client, TestResponse

from bot.settings.groups import Settings
from bot.wsgi import create_app
from tests.integration.published_sites import Site, publish_site
from tests.settings import changed

pytestmark = pytest.mark.anyio

BODY = "<title>Grüße 🎉</title>" + "<p>todo</p>" * 100
PAGE = "<!doctype html>" + BODY
FILES = {
    "index.html": PAGE,
    "css/style.css": "body { color: teal }",
    "app.js": "console.log('hi')",
    "icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "data.json": "{}",
    "app.webmanifest": "{}",
    "more/index.html": "more",
}


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


@pytest.fixture
async def site(settings: Settings, anyio_backend: str) -> Site:
    return await publish_site(settings, FILES)


def get(
    client: Client, settings: Settings, path: str, *, method: str = "GET", **headers: str
) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, base_url=settings.web.sites_base_url, method=method, headers=named)


async def test_the_link_opens_the_page_and_the_files_byte_for_byte(
    client: Client, settings: Settings, site: Site
) -> None:
    for token in (site.token, *site.versions):
        answer = get(client, settings, f"/{token}/")
        assert (answer.status_code, answer.text[-len(BODY) :]) == (200, BODY)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        for path in FILES.keys() - {"index.html"}:
            assert get(client, settings, f"/{token}/{path}").data == FILES[path].encode()


async def test_the_mark_behind_a_link_in_an_arabic_text_is_no_part_of_it(
    client: Client, settings: Settings, site: Site
) -> None:
    answer = get(client, settings, f"/{site.token}/%E2%81%A9")
    assert (answer.status_code, answer.text[-len(BODY) :]) == (200, BODY)
    assert get(client, settings, f"/{site.token}/?a=b%E2%81%A9").status_code == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("css/style.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
        ("data.json", "application/json; charset=utf-8"),
        ("app.webmanifest", "application/manifest+json; charset=utf-8"),
        ("more/", "text/html; charset=utf-8"),
        ("app.js?v=2", "text/javascript; charset=utf-8"),
    ],
)
async def test_each_file_has_its_type(
    client: Client, settings: Settings, site: Site, path: str, kind: str
) -> None:
    answer = get(client, settings, f"/{site.token}/{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_page_may_reach_nothing_but_its_own_project(
    client: Client, settings: Settings, site: Site
) -> None:
    own = f"{settings.web.sites_base_url}/{site.token}/"
    headers = get(client, settings, f"/{site.token}/").headers
    policy = dict(
        directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == policy["connect-src"] == policy["form-action"] == own
    assert policy["script-src"] == policy["style-src"] == f"{own} 'unsafe-inline'"
    assert policy["frame-src"] == own
    assert (policy["object-src"], policy["frame-ancestors"]) == ("'none'", "'self'")
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_the_link_is_asked_for_again_and_a_version_is_kept(
    client: Client, settings: Settings, site: Site
) -> None:
    current = get(client, settings, f"/{site.token}/").headers["Cache-Control"]
    pinned = get(client, settings, f"/{site.versions[0]}/app.js").headers["Cache-Control"]
    assert current == "private, no-cache"
    assert "immutable" in pinned


async def test_the_link_shows_the_latest_version_and_each_version_itself(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(settings, {"index.html": "one"}, {"index.html": "two"})
    shown = [
        get(client, settings, f"/{token}/").text[-3:] for token in (site.token, *site.versions)
    ]
    assert shown == ["two", "one", "two"]


async def test_what_has_not_changed_is_not_sent_again(
    client: Client, settings: Settings, site: Site
) -> None:
    path = f"/{site.token}/"
    first = get(client, settings, path)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = get(client, settings, path, If_None_Match=known)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert "Content-Security-Policy" in again.headers
    assert get(client, settings, path, If_None_Match='"other"').status_code == 200


async def test_compression_is_negotiated(client: Client, settings: Settings, site: Site) -> None:
    path = f"/{site.token}/"
    plain = get(client, settings, path)
    packed = get(client, settings, path, Accept_Encoding="br, gzip;q=0.5")
    refused = get(client, settings, path, Accept_Encoding="gzip;q=0, identity")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert {plain.headers["Vary"], packed.headers["Vary"]} == {"Accept-Encoding"}
    again = get(
        client, settings, path, Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"]
    )
    assert (again.status_code, again.headers["ETag"]) == (304, packed.headers["ETag"])


async def test_head_is_get_without_the_content(
    client: Client, settings: Settings, site: Site
) -> None:
    full, head = (
        get(client, settings, f"/{site.token}/app.js", method=method) for method in ("GET", "HEAD")
    )
    assert (head.status_code, head.data) == (200, b"")
    assert dict(head.headers) == dict(full.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
async def test_an_app_can_only_be_read(
    client: Client, settings: Settings, site: Site, method: str
) -> None:
    answer = get(client, settings, f"/{site.token}/", method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


async def test_without_the_last_slash_the_visitor_is_sent_to_the_app(
    client: Client, settings: Settings, site: Site
) -> None:
    answer = get(client, settings, f"/{site.token}?a=%2F")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{settings.web.sites_base_url}/{site.token}/?a=%2F"
    assert get(client, settings, "/" + "0" * 32).status_code == 404


@pytest.mark.parametrize("path", ["/", "/{token}/missing.html", "/{token}/%2e%2e/{other}/"])
async def test_what_is_not_found_is_a_page_without_scripts(
    client: Client, settings: Settings, site: Site, path: str
) -> None:
    other = await publish_site(settings, {"index.html": "secret of another project"})
    answer = get(client, settings, path.format(token=site.token, other=other.token))
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_project_that_was_never_published_shows_nothing(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(settings)
    assert get(client, settings, f"/{site.token}/").status_code == 404


async def test_what_a_user_has_deleted_is_gone_from_every_link(
    client: Client, settings: Settings, site: Site
) -> None:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute("DELETE FROM contact")
    for token in (site.token, *site.versions):
        assert get(client, settings, f"/{token}/").status_code == 404


async def test_with_a_wildcard_every_app_has_an_origin_of_its_own(settings: Settings) -> None:
    settings = changed(settings, SITES_BASE_URL="https://*.apps.example.com")
    site = await publish_site(settings, {"index.html": "one", "app.js": "js"})
    app = create_app(settings)
    client = Client(app)
    origin = f"https://{site.token}.apps.example.com"
    page = client.get("/", base_url=origin)
    assert (page.status_code, page.text[-3:]) == (200, "one")
    assert f"connect-src {origin}/;" in page.headers["Content-Security-Policy"]
    assert client.get("/app.js", base_url=origin).text == "js"
    assert client.get(f"/{site.token}/", base_url=origin).status_code == 404
    unknown = client.get("/", base_url=f"https://{'0' * 32}.apps.example.com")
    assert unknown.status_code == 404
    assert client.get("/", base_url="https://apps.example.com").status_code == 421
    app.close()


@pytest.mark.lengthy
async def test_without_the_database_a_visitor_is_asked_to_wait(settings: Settings) -> None:
    url = "postgresql://127.0.0.1:1/none?connect_timeout=1"
    app = create_app(changed(settings, DATABASE_URL=url))
    answer = get(Client(app), settings, f"/{'0' * 32}/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    app.close()
