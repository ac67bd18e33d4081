"""The gunicorn worker of the web process: a loop that waits for clients, threads that do not.

gunicorn's own workers read a request, and write its answer, in the thread that serves it: as many
clients as there are threads that send or read slowly keep everybody else out. Here a thread is
given a request that has arrived, and gives back an answer.
"""

import os
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from gunicorn.errors import ConfigError
from gunicorn.http import errors
from gunicorn.workers.base import Worker

from bot.serving.connection import ClientConnection, HttpResponse
from bot.serving.error_responses import refusal
from bot.serving.exchange import read_request, respond
from bot.serving.lanes import Lane
from bot.serving.loop import Loop
from bot.serving.open_connections import OpenConnections
from bot.web.client_address import Network

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# The part of all connections that may wait in one lane; who comes then is told to come again.
QUEUE = 1 / 4
OWN_FILES = 128  # open ones that are no client's: the database's, logs, telemetry's

_STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}


class Served(Protocol):
    """What the worker asks of its application, beside WSGI."""

    serve: "WSGIApplication"
    proxies: Sequence[Network]

    def lane(self, host: str, target: str) -> str:
        """Whose threads serve a request with this Host header for this path."""


class BufferingWorker(Worker):
    """Runs the loop; `threads` is the number of each lane's."""

    wsgi: Served

    @classmethod
    def check_config(cls, config: Any, log: Any) -> None:
        """Refuse what gunicorn can do and this worker cannot."""
        if config.is_ssl:
            raise ConfigError("The web process speaks HTTP; let a proxy in front speak TLS.")

    def run(self) -> None:
        """Serve until told to stop, then let those finish who have begun."""
        self._lanes: dict[str, Lane] = {}
        wake = (self.PIPE[0], self.PIPE[1])  # signals write to it too
        room = self._room()
        self._queue = int(room * QUEUE)
        open_connections = OpenConnections(room, self.wsgi.proxies)
        self._loop = Loop(self.sockets, wake, open_connections, self._take, self.cfg.keepalive)
        while self.alive and self._has_parent():
            self._notify()
            self._loop.run_once()
        self.alive = False
        self._loop.drain()
        until = monotonic() + self.cfg.graceful_timeout
        while not self._loop.is_done and monotonic() < until:
            self._notify()
            self._loop.run_once()
        for lane in self._lanes.values():
            lane.close()
        self._loop.close()

    def _notify(self) -> None:
        """Show the master process that we live."""
        show: Callable[[], None] = self.notify
        show()

    def _room(self) -> int:
        """How many connections there may be, within what the system allows us to open."""
        room: int = self.cfg.worker_connections
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if allowed == resource.RLIM_INFINITY:
            return room
        return min(room, max(allowed - OWN_FILES, allowed // 2))

    def _has_parent(self) -> bool:
        return bool(self.ppid == os.getppid())

    def _take(self, connection: ClientConnection) -> None:
        """Give a request that has arrived to its lane."""
        arrival = connection.arrival
        lane = self._lane(self.wsgi.lane(arrival.host, arrival.target))
        work = partial(self._serve, connection)
        if not lane.run(work, partial(self._finish, connection)):
            self._loop.answer(connection, refusal(HTTPStatus.SERVICE_UNAVAILABLE))

    def _lane(self, name: str) -> Lane:
        if name not in self._lanes:
            self._lanes[name] = Lane(name, self.cfg.threads, self._queue)
        return self._lanes[name]

    def _serve(self, connection: ClientConnection) -> HttpResponse:
        request = read_request(self.cfg, connection)
        if not self.alive or not self.cfg.keepalive:
            request.force_close()
        return respond(self.wsgi.serve, self.cfg, request, connection)

    def _finish(self, connection: ClientConnection, future: Future[HttpResponse]) -> None:
        """Have it sent; what was written before the application failed is not."""
        if future.cancelled():
            return
        error = future.exception()
        if isinstance(error, errors.ParseException | errors.NoMoreData):
            status = _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
            answer = refusal(status, connection.arrival)
        elif error is not None:
            self.log.error("A request failed with %s.", type(error).__name__, exc_info=error)
            answer = refusal(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            answer = future.result()
        self._loop.answer(connection, answer)
