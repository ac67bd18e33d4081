"""The least that a web process can do with a message: read a form, insert a row, answer.

Flask under the product's own gunicorn configuration and worker, with a pool of connections and
without telemetry. `benchmarks.webhooks` compares the product with it.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from psycopg import Connection
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from bot.gunicorn_conf import (  # noqa: F401  what gunicorn reads from here
    accesslog,
    control_socket_disable,
    forwarded_allow_ips,
    graceful_timeout,
    threads,
    worker_class,
    worker_connections,
)
from bot.web.client_address import Network
from bot.wsgi import POOL_SIZE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAKE_TABLE = "CREATE TABLE IF NOT EXISTS floor (message_sid text PRIMARY KEY, form jsonb NOT NULL)"
INSERT = "INSERT INTO floor (message_sid, form) VALUES (%s, %s)"


@dataclass(frozen=True, kw_only=True)
class Floor:
    """What the worker asks of an application."""

    serve: "WSGIApplication"
    proxies: tuple[Network, ...] = ()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.serve(environ, start_response)

    def lane(self, host: str, target: str) -> str:
        """All requests are served by the same threads."""
        return "webhooks"


def create_app() -> Floor:
    """Make the application of a process, with a table of its own in DATABASE_URL."""
    app = Flask(__name__)
    pool: ConnectionPool[Connection] = ConnectionPool(
        os.environ["DATABASE_URL"], max_size=POOL_SIZE, kwargs={"autocommit": True}, open=True
    )
    with pool.connection() as connection:
        connection.execute(MAKE_TABLE)

    @app.post("/webhooks/whatsapp")
    def receive_message() -> Response:
        form = request.form
        with pool.connection() as connection:
            connection.execute(INSERT, [form["MessageSid"], Jsonb(form.to_dict())])
        return Response(status=204)

    return Floor(serve=app)
