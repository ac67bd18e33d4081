"""An application that tells what it was sent, and takes its time if it is asked to.

gunicorn -k bot.serving.worker.BufferingWorker tests.integration.echo_application:application
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from bot.serving import loop

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Echo:
    """What `bot.wsgi.Application` is to its server; the first part of a path is its lane."""

    proxies = (ip_network("127.0.0.1"),)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.serve(environ, start_response)

    def lane(self, host: str, target: str) -> str:
        return target.partition("?")[0].partition("/")[2].partition("/")[0]

    def serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked = {
            name: int(values[-1]) for name, values in parse_qs(environ["QUERY_STRING"]).items()
        }
        if "until" in asked:
            marked(asked["until"]).touch()
            while marked(asked["until"]).exists():
                time.sleep(0.01)
        body = environ["wsgi.input"].read(asked.get("read", sys.maxsize))
        if "fail" in asked:
            raise LookupError("This application fails when it is told to.")
        if "pieces" in asked:
            start_response("200 OK", [])
            return [b"piece " for _ in range(asked["pieces"])]
        if "size" in asked:
            start_response("200 OK", [("Content-Length", str(asked["size"]))])
            return [b"x" * asked["size"]]
        told = json.dumps(
            {
                "method": environ["REQUEST_METHOD"],
                "path": environ["PATH_INFO"],
                "length": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            }
        ).encode()
        start_response("200 OK", [("Content-Length", str(len(told)))])
        return [told]


def marked(number: int) -> Path:
    """A file that is there while a request waits to be let go on."""
    return Path(os.environ["ECHO_FOLDER"], f"waiting-{number}")


for _name, _seconds in json.loads(os.environ.get("ECHO_SECONDS", "{}")).items():
    setattr(loop, _name, _seconds)
application = Echo()
