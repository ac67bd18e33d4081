"""From the bytes of a request to those of its answer, with gunicorn's parser and response.

Nothing here waits for a client, but for what an application reads of a body beyond what is
collected of one.
"""

from time import monotonic
from typing import TYPE_CHECKING, Any

from gunicorn import http
from gunicorn.http import wsgi

from bot.serving.arrival import ArrivalState
from bot.serving.connection import ClientConnection, HttpResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Source:
    """What gunicorn's parser reads a request from: as much of a socket as it asks for."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._held = memoryview(connection.arrival.request)
        self._is_whole = connection.arrival.state is ArrivalState.WHOLLY

    def recv(self, size: int) -> bytes:
        """The next bytes; none behind the request's end, or when its time is over."""
        piece, self._held = self._held[:size], self._held[size:]
        if piece or self._is_whole:
            return bytes(piece)
        seconds = self._connection.until - monotonic()
        if seconds <= 0:
            return b""
        self._connection.sock.settimeout(seconds)
        try:
            return self._connection.sock.recv(size)
        except OSError:
            return b""
        finally:
            self._connection.sock.setblocking(False)


class Sink:
    """What gunicorn's response writes to: as much of a socket as it uses."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Keep a piece of the answer."""
        self.pieces.append(bytes(data))

    def send(self, data: bytes) -> int:
        """Drop a "100 Continue": the client was told so when its head had arrived."""
        return len(data)


def read_request(config: Any, connection: ClientConnection) -> Any:
    """The request that has arrived, as gunicorn understands it.

    Raises gunicorn's `ParseException`, or `NoMoreData` where there is none.
    """
    arrival = connection.arrival
    request = http.get_parser(config, Source(connection), connection.client).next()
    if arrival.state is not ArrivalState.WHOLLY or not arrival.is_clear:
        request.force_close()
    return request


def respond(
    application: "WSGIApplication", config: Any, request: Any, connection: ClientConnection
) -> HttpResponse:
    """Let the application answer; raises what it raises."""
    sink = Sink()
    response, environ = wsgi.create(request, sink, connection.client, connection.server, config)
    environ["wsgi.multithread"] = True
    items = application(environ, response.start_response)
    try:
        for item in items:
            response.write(item)
        response.close()
    finally:
        if hasattr(items, "close"):
            items.close()
    return HttpResponse(sink.pieces, keeps=not response.should_close())
