"""The stand-in as a loopback HTTP server, with controls beside the API.

| path | for |
|---|---|
| `/v1/messages`, `/v1/messages/count_tokens`, `/v1/models[/{id}]` | the API |
| `/faults` | POST a list of faults, GET what waits, DELETE all |
| `/calls` | GET the journal of calls, DELETE it |
| `/delay` | POST or GET how slowly it answers |
"""

from threading import Thread
from typing import Self

from bot.sandbox.claude.caching import PromptCache
from bot.sandbox.claude.faults import ClaudeFaults
from bot.sandbox.claude.handler import Desk, DeskServer
from bot.sandbox.claude.journal import Journal
from bot.sandbox.claude.latency import Delay, Latency
from bot.sandbox.claude.service import MessagesService
from bot.sandbox.running import stopping_signal

POLL_SECONDS = 0.05  # how soon a stop is noticed


class FakeClaude:
    """The stand-in in a thread of this process; `url` is its base URL for the client.

    Use as a context manager, or call `start` and `stop`. Raises `OSError` when the port is taken.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        api_key: str | None = None,
        window: int | None = None,
        delay: Delay | None = None,
        keeps_bodies: bool = False,
    ) -> None:
        """Any key is good unless `api_key` is given; `window` (tokens) overrides the models'."""
        self.faults = ClaudeFaults()
        self.journal = Journal(keeps_bodies=keeps_bodies)
        self._latency = Latency(delay or Delay())
        self._cache = PromptCache()
        service = MessagesService(
            cache=self._cache,
            faults=self.faults,
            journal=self.journal,
            window=window,
        )
        self._server = DeskServer((host, port), Desk(service, self._latency, api_key))
        self._thread = Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="claude", daemon=True
        )

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def reset(self) -> None:
        """Forget calls, prompts and faults, and answer at once, as after a start."""
        self.journal.clear()
        self.faults.clear()
        self._cache.clear()
        self._latency.delay = Delay()

    def stop(self) -> None:
        self._latency.stop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(host: str, port: int, *, api_key: str | None = None) -> None:
    """Run the stand-in until SIGTERM or Ctrl-C; call from a process's main thread.

    Raises `OSError` when the port is taken.
    """
    stopped = stopping_signal()
    with FakeClaude(host, port, api_key=api_key):
        stopped.wait()
