"""No app keeps a service worker, in a real browser: it would outlive versions and `forget me`.

What an app's page does with one here is what offline recipes tell: all from the cache first.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from bot.settings.groups import Settings
from bot.wsgi import Application, create_app
from tests.acceptance.stack import eventually, free_address
from tests.browser import find_chromium, running_browser
from tests.integration.published_sites import Site, publish_site
from tests.settings import changed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium"),
]

WORKER = """
self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open("app").then((cache) => cache.add("./")));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
});
"""
PAGE = """<!doctype html>
<link rel="icon" href="data:,">
<p>version VERSION</p>
<script>
  localStorage.setItem("entered", "by the visitor");
  navigator.serviceWorker.register("sw.js").then(() => {
    document.body.dataset.goesOn = "yes";
  });
</script>
"""
VERSIONS = [{"index.html": PAGE.replace("VERSION", n), "sw.js": WORKER} for n in "12"]
LEFT = """async () => [
  (await navigator.serviceWorker.getRegistrations()).length,
  await caches.keys(),
  localStorage.getItem("entered"),
]"""
CONTROLLED = "navigator.serviceWorker.controller !== null"
NOTHING = [0, [], "by the visitor"]
TOLD_BY = frozenset({"HTTP_SERVICE_WORKER", "HTTP_SEC_FETCH_DEST"})


class Served:
    """The product, and on wish as it was when workers were files like others."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.dropped: frozenset[str] = frozenset()  # by a proxy, of what says what is asked for

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        for name in self.dropped:
            environ.pop(name, None)
        return self._app(environ, start_response)


@contextmanager
def serving(settings: Settings) -> Iterator[Served]:
    app = create_app(settings)
    address = urlsplit(settings.web.sites_base_url)
    assert address.hostname is not None
    served = Served(app)
    server = make_server(address.hostname, address.port or 0, served, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.close()


@contextmanager
def visited(settings: Settings) -> Iterator[tuple[Page, Site, Served]]:
    """A browser's page before it goes to an app's second version."""
    settings = changed(settings, SITES_BASE_URL=free_address())
    site = asyncio.run(publish_site(settings, *VERSIONS))
    with serving(settings) as served, running_browser() as browser:
        page = browser.new_page(base_url=f"{settings.web.sites_base_url}/{site.token}/")
        yield page, site, served


def install(page: Page, served: Served) -> None:
    """Let the app's worker be there, from before."""
    served.dropped = TOLD_BY
    page.goto("./")
    eventually(lambda: page.evaluate(CONTROLLED), "the worker answers")
    page.reload()
    expect(page.locator("p")).to_have_text("version 2")


def undo(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE project SET current_version = 1")


def forget(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM contact")


@pytest.mark.parametrize("dropped", [None, *sorted(TOLD_BY)])
def test_an_app_that_registers_a_worker_works_and_none_stays(
    settings: Settings, database_url: str, dropped: str | None
) -> None:
    with visited(settings) as (page, _, served):
        served.dropped = frozenset({dropped} if dropped else ())
        loads: list[str] = []
        page.on("load", lambda loaded: loads.append(loaded.url))
        page.goto("./")
        expect(page.locator("body[data-goes-on=yes] p")).to_have_text("version 2")
        eventually(lambda: page.evaluate(LEFT) == NOTHING, "the worker is gone")
        assert len(loads) == 1

        undo(database_url)
        page.reload()
        expect(page.locator("p")).to_have_text("version 1")


def test_one_that_was_there_goes_and_the_visitor_sees_what_is_online(
    settings: Settings, database_url: str
) -> None:
    with visited(settings) as (page, _, served):
        install(page, served)
        undo(database_url)
        page.reload()
        expect(page.locator("p")).to_have_text("version 2")

        served.dropped = frozenset()
        page.reload()

        expect(page.locator("p")).to_have_text("version 1")
        eventually(lambda: page.evaluate(LEFT) == NOTHING, "the worker is gone")


def test_one_that_was_there_goes_also_when_its_app_is_deleted(
    settings: Settings, database_url: str
) -> None:
    with visited(settings) as (page, _, served):
        install(page, served)
        forget(database_url)
        page.reload()
        expect(page.locator("p")).to_have_text("version 2")

        served.dropped = frozenset()
        page.reload()

        expect(page.locator("h1")).to_have_text("Nothing here")
