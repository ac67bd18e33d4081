import re

import pytest

from bot.sites.links import SiteLinks, host_of, is_token, make_token, named_host
from bot.sites.short_links import ShortLinks, named_app

PATHS = SiteLinks("https://apps.example.com")
SUBDOMAINS = SiteLinks("https://*.apps.example.com")
TOKEN = "0123456789abcdef" * 2
SHORT = ShortLinks("https://bot.example.com")


def test_tokens_are_long_and_differ() -> None:
    tokens = {make_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(is_token(token) for token in tokens)
    assert not is_token("index.html")


def test_a_link_is_a_path_or_a_subdomain() -> None:
    assert PATHS.url(TOKEN) == f"https://apps.example.com/{TOKEN}/"
    assert SUBDOMAINS.url(TOKEN) == f"https://{TOKEN}.apps.example.com/"


@pytest.mark.parametrize(
    ("path", "below"),
    [(f"/{TOKEN}/", ""), (f"/{TOKEN}/css/a.css", "css/a.css"), (f"/{TOKEN}", None)],
)
def test_a_path_is_read_back(path: str, below: str | None) -> None:
    assert PATHS.locate("apps.example.com", path) == (TOKEN, below)


def test_a_subdomain_is_read_back() -> None:
    host = f"{TOKEN.upper()}.Apps.Example.com"
    assert SUBDOMAINS.serves(host)
    assert SUBDOMAINS.locate(host, "/css/a.css") == (TOKEN, "css/a.css")


@pytest.mark.parametrize(
    "host", ["apps.example.com", ".apps.example.com", f"a.{TOKEN}.apps.example.com", "evil.com", ""]
)
def test_only_a_direct_subdomain_is_served(host: str) -> None:
    assert not SUBDOMAINS.serves(host)


def test_the_default_port_may_be_said_or_not() -> None:
    assert host_of("https://Example.com:443/base") == "example.com"
    assert named_host("EXAMPLE.com:443", "https://example.com") == "example.com"
    assert named_host("example.com:80", "https://example.com") == "example.com:80"
    assert PATHS.serves("apps.example.com:443")
    assert not PATHS.serves("apps.example.com:8443")


def test_a_short_link_names_the_app_s_token() -> None:
    tokens = [make_token() for _ in range(200)] + ["f" * 32, "0" * 32]
    for token in tokens:
        link = SHORT.app(token)
        base, name, rest = re.split(r"/a/([\w-]{22})", link)
        assert (base, rest) == ("https://bot.example.com", "/")
        assert name[-1].isalpha()
        assert named_app(name) == token


@pytest.mark.parametrize(
    "name",
    ["", TOKEN, "A" * 21, "A" * 23, "A" * 21 + "B", "A" * 21 + "=", "Ä" * 22, "A" * 20 + "+/"],
)
def test_another_spelling_names_nothing(name: str) -> None:
    assert named_app(name) is None
