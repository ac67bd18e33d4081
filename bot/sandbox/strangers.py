"""Keeps the pages of strangers, open in the same browser, away from what listens on loopback."""

from urllib.parse import urlsplit

from flask import abort, request

NAMES = {"127.0.0.1", "localhost", "::1"}
READING = {"GET", "HEAD", "OPTIONS"}


def keep_strangers_out() -> None:
    """Refuse a name that somebody lets lead here, and what a page of another origin sends."""
    own = urlsplit(request.host_url)
    if own.hostname not in NAMES:
        abort(403)
    origin = request.headers.get("Origin")
    if request.method not in READING and origin not in {None, f"{own.scheme}://{own.netloc}"}:
        abort(403)
