"""The web process: `gunicorn -c python:bot.gunicorn_conf "bot.wsgi:create_app()"`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.database.connection import database_url
from bot.database.pools import connection_pool
from bot.settings.groups import Settings
from bot.settings.loading import load_settings
from bot.sites.links import SiteLinks
from bot.web.client_address import Network
from bot.web.hosts import HostDispatcher
from bot.web.product import make_product
from bot.web.refusals import Refusals
from bot.web.sites import Sites
from bot.web.webhooks import Webhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Connections of one web process to the database; visits last milliseconds. Those of visitors are
# apart, so that whatever apps are made to do a message finds one.
POOL_SIZE = 10
VISITORS_POOL_SIZE = 8


@dataclass(frozen=True, kw_only=True)
class Application:
    """The WSGI application, with what its server must know, instrument and give back."""

    product: Flask
    serve: HostDispatcher
    pools: tuple[ConnectionPool[Connection], ...]
    proxies: Sequence[Network]

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.serve(environ, start_response)

    def lane(self, host: str, target: str) -> str:
        """Whose working threads serve a request with this Host header for this path."""
        return self.serve.lane(host, target.partition("?")[0])

    def close(self) -> None:
        """Close the connections to the database."""
        for pool in self.pools:
            pool.close()


def create_app(settings: Settings | None = None) -> Application:
    """Make the application of this process, after the fork: its pools run threads.

    It starts also while the database is away; `/ready` tells. Raises `ConfigurationError`.
    """
    settings = settings or load_settings()
    url = database_url(settings)
    pool = connection_pool(url, max_size=POOL_SIZE)
    visitors_pool = connection_pool(url, max_size=VISITORS_POOL_SIZE)
    pools = (pool, visitors_pool)
    for opened in pools:
        opened.open()
    refusals = Refusals()
    product = make_product(settings, url, pool, refusals)
    links = SiteLinks(settings.web.sites_base_url)
    return Application(
        serve=HostDispatcher(
            public_base_url=settings.web.public_base_url,
            product=product,
            webhooks=Webhooks(settings, pool, refusals),
            links=links,
            sites=Sites(settings.web, settings.identity, links, visitors_pool),
            refusals=refusals,
        ),
        product=product,
        pools=pools,
        proxies=settings.web.trusted_proxies or (),
    )
