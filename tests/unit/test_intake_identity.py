import json

import pytest
from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr
from werkzeug.datastructures import MultiDict

from bot.requests.identity import (
    address_id,
    address_key,
    decrypt_address,
    decrypt_fields,
    encrypt_address,
    encrypt_fields,
    external_id,
    is_number,
)
from bot.settings import Settings

NUMBER = "whatsapp:+15551234567"


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings
        public_base_url="https://crew.example.com",
        sites_base_url="https://apps.example.com",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=[SecretStr("token")],
        twilio_whatsapp_from="whatsapp:+14155238886",
        anthropic_api_key=SecretStr("key"),
        user_id_pepper=SecretStr("pepper-0123456789"),
        contact_key=SecretStr(Fernet.generate_key().decode()),
        operator_token=SecretStr("operator-0123456789"),
    )


def test_an_id_is_32_hexadecimal_characters_and_stays_the_same(settings: Settings) -> None:
    first, again = (address_id(settings, NUMBER) for _ in range(2))
    assert first == again
    assert len(bytes.fromhex(first)) == 16
    assert first != address_key(settings, NUMBER)


def test_another_pepper_gives_other_ids(settings: Settings) -> None:
    other = settings.model_copy(update={"user_id_pepper": SecretStr("another-pepper-0123")})
    assert address_id(settings, NUMBER) != address_id(other, NUMBER)


def test_the_external_user_id_is_the_same_behind_any_address(settings: Settings) -> None:
    known = MultiDict({"From": NUMBER, "ExternalUserId": "US.1349"})
    moved = MultiDict({"From": "whatsapp:US.1349", "ExternalUserId": "US.1349"})
    assert external_id(settings, known) == external_id(settings, moved) is not None
    assert external_id(settings, MultiDict({"From": NUMBER, "ExternalUserId": ""})) is None
    assert is_number(NUMBER)
    assert not is_number("whatsapp:US.1349")


def test_an_address_is_kept_unreadable_and_comes_back(settings: Settings) -> None:
    kept = encrypt_address(settings, NUMBER)
    assert b"5551234567" not in kept
    assert decrypt_address(settings, kept) == NUMBER
    other = settings.model_copy(update={"contact_key": SecretStr(Fernet.generate_key().decode())})
    with pytest.raises(InvalidToken):
        decrypt_address(other, kept)


def test_every_field_comes_back_with_every_value(settings: Settings) -> None:
    form = MultiDict(
        [("From", NUMBER), ("Body", "Grüße \0 🎉"), ("Empty", ""), ("Twice", "a"), ("Twice", "b")]
    )
    kept = encrypt_fields(settings, form)
    assert json.dumps(NUMBER).encode() not in kept
    assert decrypt_fields(settings, kept) == {
        "From": [NUMBER],
        "Body": ["Grüße \0 🎉"],
        "Empty": [""],
        "Twice": ["a", "b"],
    }
