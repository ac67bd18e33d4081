"""Pages of ours on the apps' origin: a title and a sentence."""

from jinja2 import Environment, PackageLoader
from werkzeug.wrappers import Response

_pages = Environment(loader=PackageLoader("bot.web"), autoescape=True)


def notice(status: int, title: str, sentence: str) -> Response:
    """Say why there is no app here."""
    page = _pages.get_template("notice.html").render(title=title, sentence=sentence)
    response = Response(page, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
