"""What all answers share: a body's limit, the security headers, refusals in plain text."""

from werkzeug.wrappers import Response

from bot.errors import DatabaseUnavailable

# Twilio's longest text, 1600 characters of four bytes each written as %XX, is 19 kB; the other
# fields need a few. A form of 64 KiB is not one of Twilio's, and it is not read any further.
MAX_BODY = 64 * 1024  # bytes

TOO_OLD = "This form is too old, or not one of ours; go back and try again."

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def plainly(sentence: str, status: int) -> Response:
    """One sentence."""
    return Response(f"{sentence}\n", status, mimetype="text/plain")


def too_large() -> Response:
    """The body is more than is read."""
    return plainly(f"The body is larger than {MAX_BODY} bytes.", 413)


def unavailable(error: DatabaseUnavailable) -> Response:
    """The database is away; to be tried again."""
    return plainly(str(error), 503)


def broken() -> Response:
    """What nobody expected, which is in the log; the caller learns nothing of it."""
    return plainly("Something went wrong here; it has been noted.", 500)


def secure(response: Response) -> None:
    """Add the headers that go with all the product's answers, where it does not have its own."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
