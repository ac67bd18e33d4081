"""What the server itself answers, before or instead of the application; the connection ends."""

from http import HTTPStatus

from bot.serving.arrival import Arrival, ArrivalState
from bot.serving.connection import HttpResponse
from bot.web.refusals import Refusals

STATUS_OF = {
    ArrivalState.HEAD_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ArrivalState.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ArrivalState.MALFORMED: HTTPStatus.BAD_REQUEST,
}

_refusals = Refusals()


def refusal(status: HTTPStatus, arrival: Arrival | None = None) -> HttpResponse:
    """An answer in plain text that says no more than its status does; it is counted.

    Where cookies are what was too large of a request, they are deleted: an app can set some that
    are sent to all others, and to us, for a year.
    """
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
    if (
        status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        and arrival
        and arrival.is_full_of_cookies
    ):
        head += 'Clear-Site-Data: "cookies"\r\n'
    return HttpResponse([f"{head}\r\n{body}".encode()])
