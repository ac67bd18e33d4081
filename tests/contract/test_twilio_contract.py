"""What we send to Twilio is what Twilio's own OpenAPI file allows (contract served by Prism)."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.delivery.contents import content_types
from bot.messages.quick_replies import Choice, plain_choices
from bot.twilio.client import KnownStatus, Outgoing, SendFailure, SentMessage, TwilioGateway
from bot.twilio.error_codes import ErrorClass
from tests import prism
from tests.settings import make_settings

pytestmark = pytest.mark.xdist_group("prism")

CONTRACT = Path(__file__).with_name("twilio_messages.json")
USER = "whatsapp:+15550100001"


@pytest.fixture(scope="module")
def prism_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not prism.PROGRAM.exists():
        assert not os.environ.get("CI"), "CI needs Prism: python -m tests.prism"
        pytest.skip("NO PRISM: what we send to Twilio is not checked; run: python -m tests.prism")
    with prism.serving(CONTRACT, tmp_path_factory.mktemp("prism") / "log") as url:
        yield url


@pytest.fixture
def twilio(prism_url: str) -> Iterator[TwilioGateway]:
    settings = make_settings(TWILIO_BASE_URL=prism_url)
    gateway = TwilioGateway(settings.twilio, settings.web)
    yield gateway
    gateway.close()


@pytest.mark.parametrize(
    "form",
    [
        Outgoing(texts=("Hello *there* 👋\nhttps://example.com",)),
        Outgoing(texts=("x" * 1500,)),
        Outgoing(texts=("Look",), media_url="https://bot.example.com/media/abc"),
        Outgoing(texts=("Yes?",), content_sid="HX" + "0" * 32, variables={"1": "Yes?"}),
    ],
    ids=["text", "long", "media", "content"],
)
def test_every_form_of_a_message_is_accepted(twilio: TwilioGateway, form: Outgoing) -> None:
    assert isinstance(asyncio.run(twilio.send(USER, form)), SentMessage)


def test_what_the_contract_forbids_is_refused(twilio: TwilioGateway) -> None:
    """So the tests above would notice."""
    answer = asyncio.run(twilio.send(USER, "x" * 1601))

    assert isinstance(answer, SendFailure)
    assert answer.verdict is not ErrorClass.AMBIGUOUS


@pytest.mark.parametrize("number", [2, 5])
def test_buttons_and_lists_are_accepted(twilio: TwilioGateway, number: int) -> None:
    choices = [Choice(id=str(n), title=f"Choice {n}", description="") for n in range(number)]
    types = content_types(plain_choices(choices))

    assert isinstance(asyncio.run(twilio.create_content("question", types)), str)


def test_asking_what_became_of_a_message_is_accepted(twilio: TwilioGateway) -> None:
    assert isinstance(asyncio.run(twilio.fetch_status("SM" + "0" * 32)), KnownStatus)


def test_typing_is_accepted(twilio: TwilioGateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    asyncio.run(twilio.show_typing("SM" + "0" * 32))

    assert "no typing indicator" not in caplog.text
