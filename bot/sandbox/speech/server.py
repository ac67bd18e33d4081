"""The stand-in as a loopback HTTP server: `POST /audio/transcriptions`, strict as OpenAI's is.

What it hears is up to its recognizer; tests give one that answers by script. `failing` lets it fail
as servers do.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, Self

from flask import Flask, Response, jsonify, request
from werkzeug.datastructures import FileStorage
from werkzeug.serving import make_server

from bot.sandbox.quiet_requests import QuietRequests
from bot.sandbox.running import stopping_signal
from bot.sandbox.speech.recognizer import Heard, Recognizer, SoundRefused

EXTENSIONS = {"flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm", "aac", "amr"}
FORMATS = {"json", "verbose_json"}
CONTENT_LIMIT = 25 * 2**20  # bytes

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call as it came in."""

    model: str
    language: str | None
    response_format: str
    file_name: str
    size: int  # bytes


Fault = Callable[[], Response]
"""Answers one call in place of a transcription."""


class FakeTranscriber:
    """The stand-in in a thread of this process; `url` is its base URL for the client.

    Any key is good unless `api_key` is given. Use as a context manager, or call `start` and `stop`.
    Raises `OSError` when the port is taken.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        api_key: str | None = None,
    ) -> None:
        self.calls: list[Asked] = []
        self._faults: deque[Fault] = deque()
        self._recognizer = recognizer
        self._api_key = api_key
        self._lock = Lock()
        self._server = make_server(
            host, port, self._app(), threaded=True, request_handler=QuietRequests
        )
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.05,), name="transcriber", daemon=True
        )

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def failing(self, *faults: Fault) -> None:
        """Answer the next calls so, one after the other."""
        self._faults.extend(faults)

    def reset(self) -> None:
        """Forget calls and faults, as after a start."""
        self.calls.clear()
        self._faults.clear()

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _app(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = CONTENT_LIMIT
        app.post("/audio/transcriptions")(self._transcribe)

        @app.get("/")
        def alive() -> str:
            return "a small stand-in for a transcription server"

        return app

    def _transcribe(self) -> tuple[Response, int] | Response:
        if self._api_key and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            return _error("Incorrect API key provided.", 401)
        file = request.files.get("file")
        if file is None or not request.form.get("model"):
            return _error("Missing required parameter.", 400)
        wanted = request.form.get("response_format", "json")
        extension = (file.filename or "").rpartition(".")[2]
        if wanted not in FORMATS or extension not in EXTENSIONS:
            return _error("Invalid file format or response format.", 400)
        content = self._take(file, wanted)
        if self._faults:
            return self._faults.popleft()()
        try:
            heard = self._recognizer(content)
        except SoundRefused as error:
            return _error(str(error), 400)
        return jsonify(_verbose(heard) if wanted == "verbose_json" else _plain(heard))

    def _take(self, file: FileStorage, wanted: str) -> bytes:
        content: bytes = file.read()
        asked = Asked(
            model=request.form["model"],
            language=request.form.get("language"),
            response_format=wanted,
            file_name=file.filename or "",
            size=len(content),
        )
        with self._lock:
            self.calls.append(asked)
        return content


def status(code: int) -> Fault:
    """A refusal."""
    return lambda: Response('{"error": {"message": "as a test wants it"}}', status=code)


def body(content: bytes) -> Fault:
    """An answer that is none."""
    return lambda: Response(content, content_type="application/json")


def serve(recognizer: Recognizer, host: str, port: int) -> None:
    """Run the stand-in until SIGTERM or Ctrl-C; call from a process's main thread.

    Raises `OSError` when the port is taken.
    """
    stopped = stopping_signal()
    with FakeTranscriber(recognizer, host, port) as server:
        log.info("The stand-in for a transcription server listens on %s", server.url)
        stopped.wait()


def _verbose(heard: Heard) -> dict[str, Any]:
    segment = {
        "id": 0,
        "start": 0.0,
        "end": heard.seconds,
        "text": heard.text,
        "avg_logprob": heard.log_probability,
        "no_speech_prob": 0.0 if heard.text else 1.0,
    }
    return {
        "task": "transcribe",
        "language": heard.language,
        "duration": heard.seconds,
        "text": heard.text,
        "segments": [segment],
        "usage": {"type": "duration", "seconds": heard.seconds},
    }


def _plain(heard: Heard) -> dict[str, object]:
    told: dict[str, object] = {"text": heard.text}
    if "logprobs" in request.form.getlist("include[]"):
        told["logprobs"] = [{"token": heard.text, "logprob": heard.log_probability}]
    return told


def _error(message: str, code: int) -> tuple[Response, int]:
    return jsonify(error={"message": message, "type": "invalid_request_error"}), code
