import json

import pytest
from cryptography.fernet import Fernet, InvalidToken
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
from bot.settings.groups import Settings
from tests.settings import changed, make_settings

NUMBER = "whatsapp:+15551234567"


@pytest.fixture
def settings() -> Settings:
    return make_settings()


def test_an_id_is_32_hexadecimal_characters_and_stays_the_same(settings: Settings) -> None:
    first, again = (address_id(settings.identity, NUMBER) for _ in range(2))
    assert first == again
    assert len(bytes.fromhex(first)) == 16
    assert first != address_key(settings.identity, NUMBER)


def test_another_pepper_gives_other_ids(settings: Settings) -> None:
    other = changed(settings, USER_ID_PEPPER="another-pepper-0123")
    assert address_id(settings.identity, NUMBER) != address_id(other.identity, NUMBER)


def test_the_external_user_id_is_the_same_behind_any_address(settings: Settings) -> None:
    known = MultiDict({"From": NUMBER, "ExternalUserId": "US.1349"})
    moved = MultiDict({"From": "whatsapp:US.1349", "ExternalUserId": "US.1349"})
    assert (
        external_id(settings.identity, known) == external_id(settings.identity, moved) is not None
    )
    assert external_id(settings.identity, MultiDict({"From": NUMBER, "ExternalUserId": ""})) is None
    assert is_number(NUMBER)
    assert not is_number("whatsapp:US.1349")


def test_an_address_is_kept_unreadable_and_comes_back(settings: Settings) -> None:
    kept = encrypt_address(settings.identity, NUMBER)
    assert b"5551234567" not in kept
    assert decrypt_address(settings.identity, kept) == NUMBER
    other = changed(settings, CONTACT_KEY=Fernet.generate_key().decode())
    with pytest.raises(InvalidToken):
        decrypt_address(other.identity, kept)


def test_every_field_comes_back_with_every_value(settings: Settings) -> None:
    form = MultiDict(
        [("From", NUMBER), ("Body", "Grüße \0 🎉"), ("Empty", ""), ("Twice", "a"), ("Twice", "b")]
    )
    kept = encrypt_fields(settings.identity, form)
    assert json.dumps(NUMBER).encode() not in kept
    assert decrypt_fields(settings.identity, kept) == {
        "From": [NUMBER],
        "Body": ["Grüße \0 🎉"],
        "Empty": [""],
        "Twice": ["a", "b"],
    }
