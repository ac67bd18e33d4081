"""What an app's link shows of it in chats and on home screens, where its files say nothing."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import psycopg
import pytest
from PIL import Image
from werkzeug.test import Client, TestResponse

from bot.database.connection import database_url
from bot.database.pools import async_connection_pool
from bot.projects.history import go_back, go_forward, read_shown_or_workspace
from bot.settings.groups import Settings
from bot.wsgi import create_app
from tests.integration.published_sites import Site, add_plan, add_trial, publish_site
from tests.settings import changed

pytestmark = pytest.mark.anyio

PAGE = '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n</head>\n<body>todo</body></html>'


def png(colour: str) -> bytes:
    packed = BytesIO()
    Image.new("RGB", (390, 844), colour).save(packed, "PNG")
    return packed.getvalue()


class Head(HTMLParser):
    """What a preview bot reads: titles, and tags by what they are called."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.html: dict[str, str | None] = {}
        self.titles: list[str] = []
        self.tags: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "html":
            self.html = values | self.html
        if tag in {"meta", "link"}:
            name = values.get("name") or values.get("property") or values.get("rel") or ""
            self.tags.setdefault(name, []).append(values.get("content") or values.get("href") or "")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "title" and data.strip():
            self.titles.append(data)

    def one(self, name: str) -> str:
        (value,) = self.tags[name]
        return value


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


def get(client: Client, settings: Settings, path: str, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = path.removeprefix(settings.web.sites_base_url)
    return client.get(path, base_url=settings.web.sites_base_url, headers=named)


def seen(client: Client, settings: Settings, token: str) -> Head:
    return Head(get(client, settings, f"/{token}/").text)


async def test_a_bare_page_has_all_that_a_preview_shows(client: Client, settings: Settings) -> None:
    site = await publish_site(settings, {"index.html": PAGE}, language="de")
    await add_plan(settings, site, "Eine *kleine* Liste für Ana & Ben.")
    await add_trial(settings, site, png("teal"))
    head = seen(client, settings, site.token)
    assert head.titles == ["Todo"]
    assert head.one("og:title") == "Todo"
    assert head.one("description") == head.one("og:description")
    assert head.one("description") == "Eine kleine Liste für Ana & Ben."
    assert head.one("twitter:card") == "summary"
    assert re.fullmatch("#[0-9a-f]{6}", head.one("theme-color"))
    assert (head.html["lang"], head.html["dir"]) == ("de", "ltr")
    own = f"{settings.web.sites_base_url}/{site.token}/"
    for name, kind in {
        "og:image": "image/png",
        "icon": "image/svg+xml; charset=utf-8",
        "apple-touch-icon": "image/png",
        "manifest": "application/manifest+json; charset=utf-8",
    }.items():
        assert head.one(name).startswith(own)
        answer = get(client, settings, head.one(name))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind), name
        assert "immutable" in answer.headers["Cache-Control"]
        assert get(client, settings, head.one(name).partition("?")[0]).headers["Cache-Control"] == (
            "private, no-cache"
        )
    assert get(client, settings, head.one("og:image")).data == png("teal")


async def test_a_plan_from_before_there_were_descriptions_says_nothing(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(settings, {"index.html": PAGE}, language="de")
    await add_plan(settings, site, None)
    head = seen(client, settings, site.token)
    assert (head.one("og:title"), head.titles) == ("Todo", ["Todo"])
    assert "og:description" not in head.tags
    assert "description" not in head.tags


async def test_a_link_says_what_its_version_is_and_nothing_of_what_was_undone(
    client: Client, settings: Settings
) -> None:
    pages = [{"index.html": f"{PAGE}<p>{number}"} for number in (1, 2, 3, 4)]
    site = await publish_site(settings, *pages)
    said = ["Eine kleine Liste.", None, "Eine Umfrage für alle.", None]
    for number, description in enumerate(said, 1):
        await add_plan(settings, site, description, number=number)
    expected = [said[0], said[0], said[2], said[2]]

    def described(token: str) -> str:
        return seen(client, settings, token).one("og:description")

    assert [described(token) for token in site.versions] == expected
    tags = set()
    async with (
        async_connection_pool(database_url(settings), max_size=1) as pool,
        pool.connection() as connection,
    ):
        for shown in reversed(expected):
            assert described(site.token) == shown
            tags.add(get(client, settings, f"/{site.token}/").headers["ETag"])
            await go_back(connection, site.project)
            await connection.commit()
    assert len(tags) == len(pages)


async def test_the_icon_is_drawn_for_the_app_and_stays_the_same(
    client: Client, settings: Settings
) -> None:
    drawn = []
    for title in ("éclair & co", "قائمة", "🎉"):
        site = await publish_site(settings, {"index.html": PAGE}, title=title)
        head = seen(client, settings, site.token)
        icon, again = (get(client, settings, head.one("icon")).data for _ in range(2))
        assert icon == again
        drawing = ElementTree.fromstring(icon)
        assert drawing[0].get("fill") == head.one("theme-color")
        drawn.append(drawing[1].text)
        painted = Image.open(BytesIO(get(client, settings, head.one("apple-touch-icon")).data))
        assert (painted.format, painted.width, painted.height) == ("PNG", 512, 512)
        assert len(painted.convert("RGB").getcolors(512) or ()) > 1
    assert drawn == ["É", "ق", None]


async def test_the_manifest_puts_the_app_on_a_home_screen(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(
        settings, {"index.html": PAGE}, title="Ana's “list” <b>", language="ar"
    )
    head = seen(client, settings, site.token)
    manifest = get(client, settings, head.one("manifest")).get_json(force=True)
    own = f"{settings.web.sites_base_url}/{site.token}/"
    assert manifest["name"] == "Ana's “list” <b>"
    assert len(manifest["short_name"]) <= 12
    assert manifest["start_url"] == manifest["scope"] == manifest["id"] == own
    assert (manifest["display"], manifest["lang"], manifest["dir"]) == ("standalone", "ar", "rtl")
    assert manifest["theme_color"] == head.one("theme-color")
    for icon in manifest["icons"]:
        assert get(client, settings, icon["src"]).headers["Content-Type"].startswith(icon["type"])


async def test_what_a_page_says_itself_stays_as_it_is(client: Client, settings: Settings) -> None:
    page = (
        '<!doctype html><html dir="ltr" lang="fr"><head><title>Mine</title>'
        '<meta name="description" content="My words"><meta property="og:title" content="Shared">'
        '<meta property="og:description" content="Told"><meta name="twitter:card" content="app">'
        '<meta property="og:image" content="own.png"><meta name="theme-color" content="red">'
        '<link rel="shortcut icon" href="own.ico"><link rel="manifest" href="own.webmanifest">'
        '<link rel="apple-touch-icon" href="own.png"></head><body></body></html>'
    )
    site = await publish_site(settings, {"index.html": page}, language="ar")
    await add_trial(settings, site, png("teal"))
    assert get(client, settings, f"/{site.token}/").text == page


async def test_what_a_page_says_of_itself_is_what_is_shared(
    client: Client, settings: Settings
) -> None:
    page = '<title>Soup</title><meta name="description" content="All &amp; hot"><p>soup'
    site = await publish_site(settings, {"index.html": page, "icon.svg": "<svg/>"})
    head = seen(client, settings, site.token)
    assert head.titles == ["Soup"]
    assert (head.one("og:title"), head.one("og:description")) == ("Soup", "All & hot")


async def test_the_page_s_own_icon_is_on_the_home_screen(
    client: Client, settings: Settings
) -> None:
    page = '<title>Soup</title><link rel="icon" href="icon.svg">'
    site = await publish_site(settings, {"index.html": page, "icon.svg": "<svg/>"})
    head = seen(client, settings, site.token)
    manifest = get(client, settings, head.one("manifest")).get_json(force=True)
    own = f"{settings.web.sites_base_url}/{site.token}/"
    assert head.one("icon") == "icon.svg"
    assert manifest["icons"] == [{"src": f"{own}icon.svg", "sizes": "any"}]


async def test_an_empty_icon_is_none(client: Client, settings: Settings) -> None:
    page = '<title>Soup</title><link rel="icon" href="data:,"><p>soup'
    site = await publish_site(settings, {"index.html": page})
    icons = seen(client, settings, site.token).tags["icon"]
    assert icons[0] == "data:,"
    assert "/icon.svg?" in icons[1]


async def test_a_hostile_title_stays_text(client: Client, settings: Settings) -> None:
    title = "\"><script>alert('x')</script>&amp;"
    site = await publish_site(settings, {"index.html": PAGE}, title=title)
    page = get(client, settings, f"/{site.token}/").text
    assert "<script" not in page
    assert Head(page).one("og:title") == title


async def test_an_arabic_app_is_read_from_right_to_left(client: Client, settings: Settings) -> None:
    site = await publish_site(settings, {"index.html": PAGE}, language="ar", title="قائمة")
    html = seen(client, settings, site.token).html
    assert (html["lang"], html["dir"]) == ("ar", "rtl")
    # What the app was found to speak counts more than what its owner writes in.
    await add_trial(settings, site, png("teal"), language="he")
    assert seen(client, settings, site.token).html["lang"] == "he"
    # A direction follows the language that the page names.
    site = await publish_site(settings, {"index.html": '<html lang="fa"><p>x'}, language="de")
    html = seen(client, settings, site.token).html
    assert (html["lang"], html["dir"]) == ("fa", "rtl")


async def test_an_app_that_nobody_tried_speaks_as_it_was_begun_whatever_its_owner_speaks_since(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(
        settings, {"index.html": PAGE}, {"index.html": PAGE + "<p>more"}, language="ar"
    )
    await add_plan(settings, site, "A list.", language="en")
    await add_plan(settings, site, "A list with more.", number=2, language="ar")
    for token in (site.token, *site.versions):
        html = seen(client, settings, token).html
        assert (html["lang"], html["dir"]) == ("en", "ltr")


async def test_a_long_description_ends_at_a_word(client: Client, settings: Settings) -> None:
    site = await publish_site(settings, {"index.html": PAGE})
    await add_plan(settings, site, "Ein _schöner_ Satz\nüber   vieles. " + "Wörter " * 60)
    description = seen(client, settings, site.token).one("description")
    assert description.startswith("Ein schöner Satz über vieles. Wörter")
    assert description.endswith("Wörter…")
    assert len(description) <= 200


async def test_without_a_picture_or_words_there_are_none(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(settings, {"index.html": PAGE})
    head = seen(client, settings, site.token)
    assert not {"og:image", "description", "og:description"} & head.tags.keys()
    assert get(client, settings, f"/{site.token}/_head/picture.png").status_code == 404
    assert "lang" not in head.html


async def test_a_bot_gets_what_everybody_gets_and_both_know_when_it_changes(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(settings, {"index.html": PAGE})
    for token in (site.token, *site.versions):
        visitor, bot = (
            get(client, settings, f"/{token}/", User_Agent=agent)
            for agent in ("Mozilla/5.0", "WhatsApp/2.23.20.0 A")
        )
        assert visitor.data == bot.data
        assert visitor.headers["ETag"] == bot.headers["ETag"]
        # Its own link shows the same files for good, and yet may be completed with more.
        assert bot.headers["Cache-Control"] == "private, no-cache"
    tag = get(client, settings, f"/{site.token}/").headers["ETag"]
    assert get(client, settings, f"/{site.token}/", If_None_Match=tag).status_code == 304
    await add_trial(settings, site, png("teal"))
    assert get(client, settings, f"/{site.token}/", If_None_Match=tag).status_code == 200


async def test_each_version_has_its_picture_and_gives_no_other_away(
    client: Client, settings: Settings
) -> None:
    site = await publish_site(settings, {"index.html": PAGE}, {"index.html": PAGE + "<p>more"})
    await add_trial(settings, site, png("teal"))
    await add_trial(settings, site, png("red"), number=2, language="en")
    await add_trial(settings, site, png("grey"), number=2)  # only looked at, though later
    one, two = png("teal"), png("red")
    assert settings.database_url is not None

    def shown(token: str) -> bytes:
        address = seen(client, settings, token).one("og:image")
        assert not any(
            version in address for version in (*site.versions, site.token) if version != token
        )
        return bytes(get(client, settings, address).data)

    assert [shown(token) for token in (site.token, *site.versions)] == [two, one, two]
    before = seen(client, settings, site.token).one("og:image")
    async with (
        async_connection_pool(settings.database_url.get_secret_value(), max_size=1) as pool,
        pool.connection() as connection,
    ):
        for go, picture in ((go_back, one), (go_forward, two)):
            await go(connection, site.project)
            await connection.commit()
            assert shown(site.token) == picture
            answer = get(client, settings, before)
            assert (answer.data, "immutable" in answer.headers["Cache-Control"]) == (
                picture,
                picture == two,
            )
        stored = await read_shown_or_workspace(connection, site.project)
    assert stored == {"index.html": (PAGE + "<p>more").encode()}


async def test_what_is_gone_has_no_picture_and_no_icon(client: Client, settings: Settings) -> None:
    site = await publish_site(settings, {"index.html": PAGE})
    await add_trial(settings, site, png("teal"))
    head = seen(client, settings, site.token)
    added = [head.one(name) for name in ("og:image", "icon", "apple-touch-icon", "manifest")]
    assert settings.database_url is not None
    for statement in ("UPDATE project SET current_version = NULL", "DELETE FROM contact"):
        with psycopg.connect(settings.database_url.get_secret_value()) as connection:
            connection.execute(statement)
        assert [get(client, settings, address).status_code for address in added] == [404] * 4


async def test_a_file_of_the_app_comes_first(client: Client, settings: Settings) -> None:
    site = await publish_site(settings, {"index.html": PAGE, "_head/icon.svg": "<svg/>"})
    assert get(client, settings, f"/{site.token}/_head/icon.svg").text == "<svg/>"


async def test_with_a_wildcard_the_picture_is_on_the_app_s_own_host(settings: Settings) -> None:
    settings = changed(settings, SITES_BASE_URL="https://*.apps.example.com")
    site: Site = await publish_site(settings, {"index.html": PAGE})
    await add_trial(settings, site, png("teal"))
    app = create_app(settings)
    client, origin = Client(app), f"https://{site.token}.apps.example.com"
    page = client.get("/", base_url=origin)
    address = Head(page.text).one("og:image")
    assert address.startswith(f"{origin}/_head/picture.png?v=")
    assert client.get(address.removeprefix(origin), base_url=origin).data == png("teal")
    policy = page.headers["Content-Security-Policy"]
    assert f"manifest-src {origin}/;" in policy
    app.close()
