"""Two origins, one process: which application answers is decided by the Host header alone."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from bot.sites.links import SiteLinks, host_of, named_host
from bot.sites.short_links import APPS
from bot.web.health import PATHS
from bot.web.refusals import Refusals
from bot.web.webhooks import Webhooks
from telemetry.callers import unknown_caller

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


BY_ADDRESS = PATHS | {"/metrics"}


class HostDispatcher:
    """Hands a request to the product or to the published apps; neither can be reached as the other.

    Health probes and Prometheus come by address, so their paths answer whatever the host is called,
    unless it is the apps': there is nothing of the product's.
    """

    def __init__(
        self,
        *,
        public_base_url: str,
        product: "WSGIApplication",
        webhooks: Webhooks,
        links: SiteLinks,
        sites: "WSGIApplication",
        refusals: Refusals,
    ) -> None:
        self._public_base_url = public_base_url
        self._public_host = host_of(public_base_url)
        self._product = product
        self._webhooks = webhooks
        self._links = links
        self._sites = sites
        self._refusals = refusals

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        with unknown_caller():
            return self._choose(environ)(environ, start_response)

    def lane(self, header: str, path: str) -> str:
        """Whose working threads answer this path of this host.

        Webhooks have threads of their own: neither visitors of apps nor what operators ask for
        keeps a message waiting.
        """
        if not self._is_public(header) and (path not in BY_ADDRESS or self._links.serves(header)):
            return "visitors"
        if path.startswith(APPS):
            return "visitors"
        return "webhooks" if path.startswith("/webhooks/") else "product"

    def _is_public(self, header: str) -> bool:
        return (
            header == self._public_host
            or named_host(header, self._public_base_url) == self._public_host
        )

    def _choose(self, environ: "WSGIEnvironment") -> "WSGIApplication":
        header = str(environ.get("HTTP_HOST", ""))
        if self._is_public(header):
            return self._webhooks if self._webhooks.serves(environ["PATH_INFO"]) else self._product
        if self._links.serves(header):
            return self._sites
        if environ["PATH_INFO"] in BY_ADDRESS:
            # Under our own name, because telemetry counts by host, and anybody can make these up.
            environ["HTTP_HOST"] = self._public_host
            return self._product
        self._refusals.note("another host", 421)
        return Response(
            "This host is not served here; see PUBLIC_BASE_URL and SITES_BASE_URL.\n",
            status=421,
            mimetype="text/plain",
        )
