"""The web process: `gunicorn -c python:bot.gunicorn_conf "bot.wsgi:create_app()"`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.database.connection import connection_pool, database_url
from bot.projects.links import SiteLinks
from bot.settings import Settings, load_settings
from bot.web.hosts import Hosts
from bot.web.product import make_product
from bot.web.sites import Sites

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POOL_SIZE = 10  # connections of one web process; visits last milliseconds


@dataclass(frozen=True, kw_only=True)
class Application:
    """The WSGI application, with what its server must instrument and give back."""

    product: Flask
    serve: "WSGIApplication"
    pool: ConnectionPool[Connection]

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.serve(environ, start_response)

    def close(self) -> None:
        """Close the connections to the database."""
        self.pool.close()


def create_app(settings: Settings | None = None) -> Application:
    """Make the application of this process, after the fork: its pool runs threads.

    It starts also while the database is away; `/ready` tells. Raises `ConfigurationError`.
    """
    settings = settings or load_settings()
    url = database_url(settings)
    pool = connection_pool(url, max_size=POOL_SIZE)
    pool.open()
    product = make_product(settings, url, pool)
    links = SiteLinks(settings.sites_base_url)
    return Application(
        serve=Hosts(
            public_base_url=settings.public_base_url,
            product=product,
            links=links,
            sites=Sites(settings, links, pool),
        ),
        product=product,
        pool=pool,
    )
