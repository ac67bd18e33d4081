"""Keeps the pages of strangers, open in the same browser, away from what listens on loopback."""

from urllib.parse import urlsplit

from flask import abort, request

NAMES = {"127.0.0.1", "localhost", "::1"}
READING = {"GET", "HEAD", "OPTIONS"}


def is_own_name(host: str) -> bool:
    """Whether a request's `Host` names this machine: who names another lets that name lead here."""
    try:
        return urlsplit(f"//{host}").hostname in NAMES
    except ValueError:  # an address in brackets that is none
        return False


def keep_strangers_out() -> None:
    """Refuse a name that somebody lets lead here, and what a page of another origin sends."""
    own = urlsplit(request.host_url)
    if not is_own_name(request.host):
        abort(403)
    origin = request.headers.get("Origin")
    if request.method not in READING and origin not in {None, f"{own.scheme}://{own.netloc}"}:
        abort(403)
