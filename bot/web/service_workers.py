"""What browsers get for the script of any service worker: one of ours, which takes it away.

A worker of an app's own would show visitors a version that was undone, or an app that was deleted,
without asking us. Browsers ask for its script again as long as there is one, so those that were
installed earlier go too, also where their app is gone.
"""

from functools import cache
from importlib.resources import files

from werkzeug.wrappers import Request, Response

from bot.sites.file_types import CONTENT_TYPES


def is_for_worker(request: Request) -> bool:
    """Whether a browser asks for the script of a service worker.

    It says so twice (Service Workers, "update"; Fetch Metadata), and a proxy may pass on only one.
    """
    headers = request.headers
    return (
        headers.get("Service-Worker") == "script"
        or headers.get("Sec-Fetch-Dest") == "serviceworker"
    )


def leaving_worker() -> Response:
    """The script."""
    response = Response(_script(), content_type=CONTENT_TYPES["js"])
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


@cache
def _script() -> str:
    return (files("bot.web") / "service_worker.js").read_text("utf-8")
