"""Handles requests as Werkzeug does, without a line in the log for each."""

from werkzeug.serving import WSGIRequestHandler


class QuietRequests(WSGIRequestHandler):
    """Writes no line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass
