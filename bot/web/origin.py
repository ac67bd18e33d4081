"""Where a request comes from, as far as a browser says."""

from werkzeug.datastructures import Headers

_OWN = {"same-origin", "none"}  # the latter: typed, or opened from a bookmark


def is_from_another_site(headers: Headers) -> bool:
    """Whether the browser says that another site's page has sent this request."""
    return headers.get("Sec-Fetch-Site", "same-origin") not in _OWN
