"""HTTP around the service: routes, keys, JSON in and out, and streams that may be made to break."""

import json
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from bot.sandbox.claude import events, problems
from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.claude.latency import ClientGone, Delay, Latency
from bot.sandbox.claude.problems import ApiProblem
from bot.sandbox.claude.service import Call, MessagesService, ServedMessage
from bot.sandbox.strangers import is_own_name

MAX_BODY = 32 * 1024 * 1024  # bytes, as at the real API
T = TypeVar("T")
_FAULTS = TypeAdapter(list[ClaudeFault])


@dataclass(frozen=True)
class Desk:
    """What every request's handler needs; any key is good when `api_key` is None."""

    service: MessagesService
    latency: Latency
    api_key: str | None


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server_version = "claude-stand-in"
    disable_nagle_algorithm = True
    server: "DeskServer"

    def do_GET(self) -> None:
        self._dispatch("GET")

    def do_POST(self) -> None:
        self._dispatch("POST")

    def do_DELETE(self) -> None:
        self._dispatch("DELETE")

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet; the journal tells more."""

    def _dispatch(self, method: str) -> None:
        self._request_id = f"req_{secrets.token_hex(12)}"
        path = urlsplit(self.path).path
        try:
            body = self._read_body()
            if path.startswith("/v1/"):
                self._check_key()
                self._answer_api(method, path, body)
            else:
                self._answer_control(method, path, body)
        except ApiProblem as problem:
            self._send_json(problem.status, problem.body(self._request_id), problem.headers)
        except (ClientGone, ConnectionError):
            self.close_connection = True

    def _read_body(self) -> bytes:
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            raise problems.too_large()
        return self.rfile.read(length)

    def _check_key(self) -> None:
        scheme, _, token = (self.headers.get("authorization") or "").partition(" ")
        key = token if scheme.lower() == "bearer" else self.headers.get("x-api-key")
        if not key:
            raise problems.unauthenticated("Authorization: Bearer or x-api-key header is required")
        wanted = self.server.desk.api_key
        if wanted is not None and not secrets.compare_digest(key.encode(), wanted.encode()):
            raise problems.unauthenticated("invalid x-api-key")
        if not self.headers.get("anthropic-version"):
            raise problems.invalid("anthropic-version: header is required")

    def _answer_api(self, method: str, path: str, body: bytes) -> None:
        service = self.server.desk.service
        match method, path.removeprefix("/v1/").split("/"):
            case "POST", ["messages"]:
                self._answer_messages(body)
            case "POST", ["messages", "count_tokens"]:
                self._send_json(200, service.count_tokens(body))
            case "GET", ["models"]:
                self._send_json(200, service.models())
            case "GET", ["models", model_id]:
                self._send_json(200, service.model(unquote(model_id)))
            case _:
                raise problems.not_found(f"Not found: {method} {path}")

    def _answer_messages(self, body: bytes) -> None:
        desk = self.server.desk
        call = desk.service.accept(body)
        try:
            if call.fault is not None and call.fault.fault == "hang":
                desk.latency.forever(self.connection)
            desk.latency.before(call.conversation.role, call.conversation.turn, self.connection)
            reply = desk.service.reply(call)
            if call.request.stream:
                self._send_stream(call, reply)
            else:
                self._send_message(call, reply)
        except (ClientGone, ConnectionError):
            call.record.end("client_gone")
            raise

    def _send_message(self, call: Call, reply: ServedMessage) -> None:
        # The journal knows the end before the client does, so that a test may ask at once.
        if reply.broken_end is not None:
            call.record.end("broken_off")
            self._drop_connection()
            return
        call.record.end("completed")
        self._send_json(200, reply.message)

    def _send_stream(self, call: Call, reply: ServedMessage) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("cache-control", "no-cache")
        self.send_header("request-id", self._request_id)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if call.fault is not None and call.fault.fault == "pings_only":
            self._ping_forever()
        asked = call.conversation
        for event in _until_broken(reply):
            self.server.desk.latency.between_chunks(asked.role, asked.turn, self.connection)
            self._send_chunk(events.as_bytes(event))
        call.record.end("broken_off" if reply.broken_end else "completed")
        if reply.broken_end == "cut_stream":
            self._drop_connection()
            return
        if reply.broken_end == "overloaded_mid_stream":
            self._send_chunk(events.as_bytes(problems.overloaded().body(self._request_id)))
        if reply.broken_end in events.MALFORMED_EVENTS:
            self._send_chunk(events.MALFORMED_EVENTS[reply.broken_end])
        self._send_chunk(b"")

    def _ping_forever(self) -> None:
        """Send what keeps a connection open and says nothing, until the client has gone."""
        while True:
            self._send_chunk(events.as_bytes({"type": "ping"}))
            self.server.desk.latency.between_pings(self.connection)

    def _send_chunk(self, data: bytes) -> None:
        """A piece of a stream; an empty one ends it."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _drop_connection(self) -> None:
        """Break the connection as a failing network does: with a reset, not an orderly end."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.rfile.close()
        self.connection.close()

    def _answer_control(self, method: str, path: str, body: bytes) -> None:
        # No page has a business here, least of all a stranger's, under whatever name it comes.
        if self.headers.get("origin") or not is_own_name(self.headers.get("host") or ""):
            raise problems.forbidden("The controls answer no page.")
        desk = self.server.desk
        match method, path:
            case "GET", "/":
                self._send_json(200, {"stand-in": "Anthropic Messages API"})
            case "GET", "/calls":
                self._send_json(200, desk.service.journal.as_json())
            case "DELETE", "/calls":
                desk.service.journal.clear()
                self._send_json(200, [])
            case "GET", "/faults":
                self._send_faults()
            case "POST", "/faults":
                desk.service.faults.add(_validated(_FAULTS.validate_json, body))
                self._send_faults()
            case "DELETE", "/faults":
                desk.service.faults.clear()
                self._send_faults()
            case "GET", "/delay":
                self._send_json(200, desk.latency.delay.model_dump())
            case "POST", "/delay":
                desk.latency.delay = _validated(Delay.model_validate_json, body)
                self._send_json(200, desk.latency.delay.model_dump())
            case _:
                raise problems.not_found(f"Not found: {method} {path}")

    def _send_faults(self) -> None:
        self._send_json(200, _FAULTS.dump_python(self.server.desk.service.faults.waiting()))

    def _send_json(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("request-id", self._request_id)
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


def _until_broken(reply: ServedMessage) -> list[problems.Json]:
    """The events that are sent: all, or those before the break.

    Without an end the last two are missing; otherwise the break is in the middle of the content.
    """
    if reply.broken_end is None:
        return reply.events
    if reply.broken_end == "no_message_stop":
        return reply.events[:-2]
    return reply.events[: max(3, len(reply.events) // 2)]


def _validated(validate: Callable[[bytes], T], body: bytes) -> T:
    try:
        return validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise problems.invalid(f"{where}: {first['msg']}") from None


class DeskServer(ThreadingHTTPServer):
    """Hands the desk to each request's handler."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], desk: Desk) -> None:
        self.desk = desk
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # HTTPServer's own would look our name up, which may wait for a name server.
        TCPServer.server_bind(self)
