"""A user's file is fetched from Twilio, and from nowhere else."""

import gzip
import socket
from collections.abc import Callable, Iterator
from io import BytesIO
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from bot import network_addresses
from bot.attachments.download import fetch
from bot.errors import AttachmentDelayed, AttachmentRefused, AttachmentUnavailable
from bot.sandbox.twilio.messages import Attachment
from bot.sandbox.twilio.server import FakeTwilio
from bot.settings.groups import Settings
from bot.twilio.client import TwilioGateway
from tests.pictures import picture
from tests.settings import changed

SID = "MM" + "1" * 32
MEDIA = "ME" + "2" * 32


class Far:
    """A server in Twilio's place that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[Request], Response] = lambda _: Response(b"content")
        self.asked: list[Request] = []
        self._server = make_server("127.0.0.1", 0, self._respond, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def _respond(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request)
        return self.answer(request)(environ, start_response)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def far() -> Iterator[Far]:
    server = Far()
    yield server
    server.stop()


@pytest.fixture
def ours(settings: Settings, far: Far) -> Settings:
    return changed(settings, TWILIO_BASE_URL=far.url)


def address(settings: Settings, *, account: str = "", sid: str = SID, media: str = MEDIA) -> str:
    account = account or settings.twilio.account_sid
    path = f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{media}"
    return f"{settings.twilio.base_url}{path}"


async def get(settings: Settings, url: str, *, limit: int = 100) -> bytes:
    fetched = BytesIO()
    await fetch(settings.twilio, url, message_sid=SID, limit=limit, into=fetched)
    return fetched.getvalue()


@pytest.mark.anyio
async def test_a_file_comes_over_a_redirect_that_gets_no_credentials(
    ours: Settings, far: Far
) -> None:
    far.answer = lambda request: (
        Response(b"picture")
        if request.path.startswith("/cdn")
        else Response(status=307, headers={"Location": "/cdn/x"})
    )
    assert await get(ours, address(ours)) == b"picture"
    first, second = far.asked
    assert first.authorization is not None
    assert first.authorization.username == ours.twilio.account_sid
    assert second.authorization is None


@pytest.mark.anyio
async def test_only_files_of_that_message_in_our_account_are_asked_for(
    ours: Settings, far: Far
) -> None:
    for url in (
        address(ours, account="AC" + "f" * 32),
        address(ours, sid="MM" + "9" * 32),
        address(ours, media="../../Calls"),
        address(ours) + "?x=1",
        address(ours) + "#x",
        address(ours).replace("http://", "https://"),
        address(ours).replace("127.0.0.1", "127.0.0.2"),
        address(ours).replace("http://", "http://user@"),
        "file:///etc/passwd",
        "",
    ):
        with pytest.raises(AttachmentRefused):
            await get(ours, url)
    assert far.asked == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/x",
        "https://evil.example/x",
        "https://media.twiliocdn.com.evil.example/x",
        "https://media.twiliocdn.com:8443/x",
        "https://x@media.twiliocdn.com/x",
        "http://media.twiliocdn.com/x",
        "ftp://media.twiliocdn.com/x",
    ],
)
async def test_a_redirect_leads_to_twilios_cdn_or_nowhere(
    ours: Settings, far: Far, location: str
) -> None:
    far.answer = lambda _: Response(status=302, headers={"Location": location})
    with pytest.raises(AttachmentRefused):
        await get(ours, address(ours))
    assert len(far.asked) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    "private", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "fd00::1", "::1", "64:ff9b::a00:1"]
)
async def test_a_cdn_that_is_said_to_be_inside_is_refused(
    ours: Settings, far: Far, private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "media.twiliocdn.com":
            return real(host, *rest, **more)
        family = socket.AF_INET6 if ":" in private else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (private, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    far.answer = lambda _: Response(
        status=302, headers={"Location": "https://media.twiliocdn.com/x"}
    )
    with pytest.raises(AttachmentRefused, match="private"):
        await get(ours, address(ours))


@pytest.mark.anyio
async def test_a_cdn_is_looked_up_once(
    ours: Settings, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing answers at the first address, which counts as public here; nobody asks again."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in {"media.twiliocdn.com", b"media.twiliocdn.com"}:
            return real(host, *rest, **more)
        asked.append(host)
        address = "127.0.0.66" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(network_addresses, "is_public", lambda address: address == "127.0.0.66")
    far.answer = lambda _: Response(
        status=302, headers={"Location": "https://media.twiliocdn.com/x"}
    )
    with pytest.raises(AttachmentUnavailable):
        await get(ours, address(ours))
    assert asked == ["media.twiliocdn.com"]


@pytest.mark.anyio
async def test_what_is_too_much_or_goes_in_circles_is_refused(ours: Settings, far: Far) -> None:
    far.answer = lambda _: Response(b"x" * 101)
    with pytest.raises(AttachmentRefused, match="more than 100 bytes"):
        await get(ours, address(ours))
    far.answer = lambda _: Response(status=302, headers={"Location": "/again"})
    with pytest.raises(AttachmentRefused, match="redirects"):
        await get(ours, address(ours))


@pytest.mark.anyio
async def test_a_file_is_never_unpacked_on_its_way(ours: Settings, far: Far) -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    far.answer = lambda _: Response(packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(AttachmentRefused, match="packed"):
        await get(ours, address(ours), limit=10_000_000)
    assert far.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.anyio
async def test_what_is_not_there_now_may_be_there_later(ours: Settings, far: Far) -> None:
    far.answer = lambda _: Response(status=404)
    with pytest.raises(AttachmentUnavailable) as gone:
        await get(ours, address(ours))
    assert gone.type is AttachmentUnavailable
    far.answer = lambda _: Response(status=503)
    with pytest.raises(AttachmentDelayed):
        await get(ours, address(ours))
    far.stop()
    with pytest.raises(AttachmentDelayed):
        await get(ours, address(ours))


@pytest.mark.anyio
async def test_who_is_busy_for_a_moment_is_asked_again(ours: Settings, far: Far) -> None:
    answers = iter([Response(status=503), Response(status=429), Response(b"content")])
    far.answer = lambda _: next(answers)
    assert await get(ours, address(ours)) == b"content"


@pytest.mark.anyio
async def test_twilios_list_tells_of_the_files_of_a_message(settings: Settings) -> None:
    server = FakeTwilio(
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_tokens[0].get_secret_value(),
        whatsapp_from=settings.twilio.whatsapp_from,
        webhook_url="http://127.0.0.1:9/nobody",
    )
    with server:
        known = changed(settings, TWILIO_BASE_URL=server.url)
        server.broker.receive(
            sender="whatsapp:+15550100009",
            body="",
            profile_name="Sam",
            sid=SID,
            attachments=(Attachment(sid=MEDIA, content_type="image/png", content=picture()),),
        )
        gateway = TwilioGateway(known.twilio, known.web)
        (file,) = await gateway.list_media(SID)
        assert file.content_type == "image/png"
        assert await get(known, file.url, limit=10_000) == picture()
        gateway.close()
