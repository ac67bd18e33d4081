"""Two origins, one process: which application answers is decided by the Host header alone."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from bot.projects.links import SiteLinks, host_of, named_host
from bot.web.health import PATHS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Hosts:
    """Hands a request to the product or to the published apps; neither can be reached as the other.

    Health probes come by address, so those two paths answer whatever the host is called.
    """

    def __init__(
        self,
        *,
        public_base_url: str,
        product: "WSGIApplication",
        links: SiteLinks,
        sites: "WSGIApplication",
    ) -> None:
        self._public_base_url = public_base_url
        self._product = product
        self._links = links
        self._sites = sites

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self._choose(environ)(environ, start_response)

    def lane(self, header: str, path: str) -> str:
        """Whose working threads answer this path of this host.

        Webhooks have threads of their own: neither visitors of apps nor what operators ask for
        keeps a message waiting.
        """
        if not self._is_public(header) and path not in PATHS:
            return "visitors"
        return "webhooks" if path.startswith("/webhooks/") else "product"

    def _is_public(self, header: str) -> bool:
        return named_host(header, self._public_base_url) == host_of(self._public_base_url)

    def _choose(self, environ: "WSGIEnvironment") -> "WSGIApplication":
        header = str(environ.get("HTTP_HOST", ""))
        if self._is_public(header) or environ["PATH_INFO"] in PATHS:
            return self._product
        if self._links.serves(header):
            return self._sites
        return Response(
            "This host is not served here; see PUBLIC_BASE_URL and SITES_BASE_URL.\n",
            status=421,
            mimetype="text/plain",
        )
