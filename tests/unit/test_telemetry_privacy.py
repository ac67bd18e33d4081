"""What is taken out of texts, URLs and errors."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from telemetry import privacy


@pytest.fixture(autouse=True)
def _content_off_again() -> Iterator[None]:
    yield
    privacy.allow_content(False)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("to whatsapp:+4915112345678, queued", "to [address], queued"),
        ("?To=whatsapp%3A%2B4915112345678&x=1", "?To=[address]&x=1"),
        ("from whatsapp:US.abc123XYZ.", "from [address]"),
        ("call +49 151 123-456-78 now", "call [address] now"),
        (
            "The 'To' number whatsapp:+15551234567 is not valid",
            "The 'To' number [address] is not valid",
        ),
    ],
)
def test_addresses_are_taken_out(text: str, redacted: str) -> None:
    assert privacy.redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 03:48:41,319",
        "designer_v1_abc123 used 123456789 tokens",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "127.0.0.1:54321",
        "1 + 2 = 3",
        "sms gateway: slow",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert privacy.redact(text) == text


def test_a_url_loses_its_query_its_user_and_the_providers_ids() -> None:
    url = f"https://user:word@api.example.com/Accounts/AC{'0' * 32}/Messages.json?To=x#y"
    assert privacy.plain_url(url) == "https://api.example.com/Accounts/{id}/Messages.json"


def test_a_preview_is_shown_only_where_content_is_allowed() -> None:
    assert privacy.preview("Build me a diary") is None
    privacy.allow_content(True)
    assert privacy.preview("Build me a diary, or call +49 151 1234567") == (
        "Build me a diary, or call [address]"
    )
    assert len(privacy.preview("x" * 500) or "") == 100


def test_a_rejected_value_is_not_part_of_the_description() -> None:
    class Plan(BaseModel):
        steps: int

    with pytest.raises(ValidationError) as caught:
        Plan.model_validate({"steps": "secret words"})
    assert privacy.describe(caught.value) == "Plan: steps: int_parsing"


def test_any_other_error_keeps_its_message_but_for_addresses() -> None:
    error = ValueError("cannot send to whatsapp:+4915112345678 today")
    assert privacy.describe(error) == "cannot send to [address] today"
