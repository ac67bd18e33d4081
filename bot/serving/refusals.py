"""What the server itself answers, before or instead of the application; the connection ends."""

from http import HTTPStatus

from bot.serving.arrival import Progress
from bot.serving.connection import Answer
from bot.web.refusals import Refusals

BAD = {
    Progress.HEAD_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Progress.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Progress.MALFORMED: HTTPStatus.BAD_REQUEST,
}

_refusals = Refusals()


def refusal(status: HTTPStatus) -> Answer:
    """An answer in plain text that says no more than its status does; it is counted."""
    if 400 <= status < 500:
        _refusals.note("unread", status)
    body = f"{status.phrase}\n"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
    )
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        head += "Retry-After: 1\r\n"
    return Answer([f"{head}\r\n{body}".encode()])
