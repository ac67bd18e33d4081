"""What strangers try at the two addresses that everybody can reach, as lists to add to.

Nothing of it is taken in, shown or kept, and messages and visitors are served as before.
"""

import http.client
import json
import re
import secrets
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests

from bot.sandbox.twilio.messages import new_sid
from tests.acceptance.messages import link_in
from tests.acceptance.stack import ACCOUNT_SID, AUTH_TOKEN, BOT, Stack, eventually
from tests.acceptance.test_commands import User, app_at
from tests.integration.twilio_forms import FORM, Fields, encoded, signed

WEBHOOK = "/webhooks/whatsapp"
SIGNATURE, ALGORITHM = "X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings"
ACTIVE = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")

# Headers that replace those of a good signature; None leaves one out.
FORGED: list[dict[str, str | None]] = [
    {SIGNATURE: None},
    {SIGNATURE: ""},
    {SIGNATURE: "x"},
    {SIGNATURE: "\xe9"},
    {SIGNATURE: "A" * 28},
    {ALGORITHM: "algorithm=HMAC_SHA256"},
    {ALGORITHM: "algorithm=NONE"},
    {SIGNATURE: "", "Authorization": f"Basic {'x' * 40}"},
    {SIGNATURE: None, "X-Forwarded-For": "127.0.0.1"},
    {SIGNATURE: None, "X-Original-URL": WEBHOOK},
    {SIGNATURE: None, "X-HTTP-Method-Override": "GET"},
]
# What is signed well, but is not this request.
SIGNED_OTHERWISE: list[tuple[str, str, Fields]] = [
    ("{public}/webhooks/whatsapp", "guess", {}),
    ("{public}/webhooks/whatsapp", "", {}),
    ("{public}/webhooks/status", AUTH_TOKEN, {}),
    ("{public}/webhooks/whatsapp?a=b", AUTH_TOKEN, {}),
    ("{sites}/webhooks/whatsapp", AUTH_TOKEN, {}),
    ("https://evil.example/webhooks/whatsapp", AUTH_TOKEN, {}),
    ("{public}/webhooks/whatsapp", AUTH_TOKEN, {"Body": "another"}),
    ("{public}/webhooks/whatsapp", AUTH_TOKEN, {"From": "whatsapp:+15550100002"}),
]
# Method, path, headers, body, and how it is refused.
REFUSED: list[tuple[str, str, dict[str, str], bytes, int]] = [
    ("GET", "/console", {}, b"", 401),
    ("GET", "/console?format=json", {"X-Forwarded-For": "127.0.0.1"}, b"", 401),
    ("GET", "/metrics", {}, b"", 401),
    ("POST", "/v2/query", {}, b"", 401),
    ("GET", "/v1/read-token-info", {}, b"", 401),
    ("POST", WEBHOOK, {"Content-Type": FORM, SIGNATURE: "x"}, b"", 403),
    ("GET", "/media/made-up", {}, b"", 404),
    ("GET", "/e/%00", {}, b"", 404),
    ("GET", "/wp-admin/setup.php", {}, b"", 404),
    ("GET", "/.env", {}, b"", 404),
    ("GET", "/.git/config", {}, b"", 404),
    ("GET", "/static/../../settings.py", {}, b"", 404),
    ("GET", "/static/%2e%2e/%2e%2e/settings.py", {}, b"", 404),
    ("DELETE", WEBHOOK, {}, b"", 405),
    ("POST", "/webhooks/status", {"Content-Type": FORM}, b"x" * 70_000, 413),
    ("POST", WEBHOOK, {"Content-Type": "text/plain"}, b"x", 415),
    ("GET", "/console", {"Host": "evil.example"}, b"", 421),
    ("GET", "/console\x1b]0;owned\x07", {}, b"", 400),
    ("\x1b[31mGET", "/", {}, b"", 400),
    ("GARBAGE", "", {}, b"", 400),
    ("POST", WEBHOOK, {"Transfer-Encoding": "chunked", "Content-Length": "4"}, b"0\r\n\r\n", 400),
]
# Paths at the apps' address; {token} is an app, {other} somebody else's.
NOT_FOUND = [
    "/",
    "//",
    "/favicon.ico",
    "/{token}/missing.html",
    "/{token}//index.html",
    "/{token}/./index.html",
    "/{token}/css/../index.html",
    "/{token}/../{other}/index.html",
    "/{token}/%2e%2e/{other}/index.html",
    "/{token}/..%2f{other}%2findex.html",
    "/{token}/%252e%252e/{other}/index.html",
    "/{token}/..%5c{other}%5cindex.html",
    "/{token}/index.html%00",
    "/{token}/index.html%0a",
    "/{token}/%ff%fe",
    "/{token}/index.html/",
    "/{token}%00/",
    "/{upper}/",
    "/%27%20OR%20true--/index.html",
    "//evil.example/%2e%2e",
    "/console",
    "/health",
    "/ready",
    "/metrics",
    "/static/console.css",
    "/{token}/collections.json/",
    "/{token}/api/collections/../../../{other}/api/collections/votes",
    "/{token}/api/collections/votes%2f..%2f..",
    "/{token}/api/collections/votes'--",
]


@pytest.fixture
def user(stack: Stack) -> User:
    return User(stack)


def form() -> Fields:
    return {
        "MessageSid": new_sid(),
        "AccountSid": ACCOUNT_SID,
        "From": "whatsapp:+15550100001",
        "To": BOT,
        "Body": "Build me a counter",
        "NumMedia": "0",
    }


def status_of(
    url: str, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, bytes]:
    """Send it as it is written here, which well-behaved clients would not."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    lines = {"Host": urlsplit(url).netloc, "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with closing(connection):
        connection.connect()
        connection.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
        answer = http.client.HTTPResponse(connection.sock, method=method)
        answer.begin()
        return answer.status, answer.read()


def test_no_forged_webhook_is_taken(stack: Stack) -> None:
    url = stack.public_url + WEBHOOK
    for changes in FORGED:
        fields = form()
        given = {**signed(fields, url=url, token=AUTH_TOKEN), **changes}
        headers = {name: value for name, value in given.items() if value is not None}
        answer = status_of(stack.public_url, "POST", WEBHOOK, headers, encoded(fields))
        assert answer == (403, b"The signature does not match this request.\n"), changes
    for address, token, signed_fields in SIGNED_OTHERWISE:
        fields = form()
        called = address.format(public=stack.public_url, sites=stack.sites_url)
        headers = signed(fields | signed_fields, url=called, token=token)
        status, _ = status_of(stack.public_url, "POST", WEBHOOK, headers, encoded(fields))
        assert status == 403, called

    assert stack.rows("SELECT FROM contact") == stack.rows("SELECT FROM inbound_message") == []
    assert stack.rows("SELECT FROM request") == []


def test_what_strangers_are_refused_is_no_row_and_no_line_each(stack: Stack, user: User) -> None:
    log = stack.program("web").log
    before = log.stat().st_size
    (began,) = stack.rows("SELECT now() AS at")
    for method, path, headers, body, status in REFUSED * 3:
        answer, _ = status_of(stack.public_url, method, path, headers, body)
        assert answer == status, (method, path)
    assert "status" in user.orders("help").body
    eventually(
        lambda: stack.rows("SELECT FROM records WHERE span_name = 'POST /webhooks/whatsapp'"),
        "what a user sends is kept",
    )

    kept = stack.rows(
        "SELECT span_name, http_response_status_code AS status FROM records_all"
        " WHERE start_timestamp >= %(at)s AND (http_response_status_code >= 400"
        " OR kind <> 'log' AND span_name ~ '/(console|metrics|media|v[12])')",
        began,
    )
    assert kept == []
    written = log.read_bytes()[before:]
    assert len(written.splitlines()) <= 5
    assert not ACTIVE.search(written)


def test_health_says_nothing_that_is_for_operators(stack: Stack) -> None:
    for path in ("/health", "/ready"):
        for host in ("evil.example", "10.0.0.7:8000", urlsplit(stack.public_url).netloc):
            status, told = status_of(stack.public_url, "GET", path, {"Host": host})
            assert status == 200
            assert not re.search(rb"postgres|version|\d+\.\d+\.\d+", told, re.I), host
        elsewhere, _ = status_of(stack.sites_url, "GET", path, {})
        assert elsewhere == 404


def test_a_guesser_of_passwords_gets_slower_and_operators_do_not(stack: Stack) -> None:
    guesses = [("127.0.9.1", f"guess-{secrets.token_hex(4)}") for _ in range(4)]
    took = [knock(stack, *guess) for guess in guesses]

    assert [status for status, _ in took] == [401] * 4
    waited = [seconds for _, seconds in took]
    assert waited[3] > 1.5
    assert waited[1] > 0.4
    status, seconds = knock(stack, "127.0.9.2", "acceptance-operator-token")
    assert status == 200
    assert seconds < waited[3]


def knock(stack: Stack, address: str, password: str) -> tuple[int, float]:
    """Show a password at the console from this address; the answer's status, and its seconds."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(
        urlsplit(stack.public_url).netloc, source_address=(address, 0), timeout=30
    )
    with closing(connection):
        connection.request("GET", "/console", headers={"Authorization": f"Bearer {password}"})
        return connection.getresponse().status, time.monotonic() - began


def test_no_path_leads_to_another_app_or_to_the_product(stack: Stack, user: User) -> None:
    mine = user.builds("Build me a poll")
    others = User(stack).builds("Build me a poll called Quokka")
    token, other = (urlsplit(app_at(link_in(said))).path.strip("/") for said in (mine, others))
    assert "Quokka" in requests.get(f"{stack.sites_url}/{other}/", timeout=10).text

    for path in NOT_FOUND:
        asked = path.format(token=token, other=other, upper=token.upper())
        status, told = status_of(stack.sites_url, "GET", asked, {})
        assert status == 404, path
        assert b"Quokka" not in told, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
        assert status_of(stack.sites_url, method, f"/{token}/", {})[0] == 405
    for origin in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": origin, "Content-Type": "application/json"}
        body = json.dumps({"choice": "Yes"}).encode()
        posting = f"/{token}/api/collections/votes"
        assert status_of(stack.sites_url, "POST", posting, headers, body)[0] == 403
    assert stack.rows("SELECT FROM document") == []
