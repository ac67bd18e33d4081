"""Who writes: keyed hashes for us to work with, and the encrypted address for replies.

Only the user id, which is the first hash that a user was known by, is seen in spans, logs,
handoffs, metrics and on the console. Hashes are keyed because an unkeyed one of a phone number is
undone by trying all numbers.
"""

import hmac
import json
from functools import lru_cache

from cryptography.fernet import Fernet
from werkzeug.datastructures import MultiDict

from bot.settings.groups import IdentitySettings


def external_id(keys: IdentitySettings, form: MultiDict[str, str]) -> str | None:
    """Return 32 hexadecimal characters: the user id of who first came with this ExternalUserId.

    None where there is no ExternalUserId.
    """
    told = form.get("ExternalUserId")
    return _keyed_hash(keys, told) if told else None


def external_key(keys: IdentitySettings, form: MultiDict[str, str]) -> str | None:
    """Return 32 hexadecimal characters by which a user is found by their ExternalUserId, if any.

    It tells who writes when a number has changed hands or is hidden behind a username. It is not
    the id: who comes back after they were forgotten is found by it and has another one.
    """
    told = form.get("ExternalUserId")
    return _keyed_hash(keys, f"external:{told}") if told else None


def address_id(keys: IdentitySettings, address: str) -> str:
    """Return 32 hexadecimal characters: the user id of who was first known by an address only."""
    return _keyed_hash(keys, address)


def is_number(address: str) -> bool:
    """Whether the address is a phone number, and not a username."""
    return address.startswith("whatsapp:+")


def address_key(keys: IdentitySettings, address: str) -> str:
    """Return 32 hexadecimal characters by which a user is found who is known by an address only.

    Twilio's list of messages tells no ExternalUserId.
    """
    return _keyed_hash(keys, f"address:{address}")


def encrypt_address(keys: IdentitySettings, address: str) -> bytes:
    """Return the address as it is kept; `decrypt_address` undoes it."""
    return _cipher(keys).encrypt(address.encode())


def decrypt_address(keys: IdentitySettings, encrypted: bytes) -> str:
    """Return the address that replies go to. Raises `InvalidToken` under another CONTACT_KEY."""
    return _cipher(keys).decrypt(encrypted).decode()


def encrypt_fields(keys: IdentitySettings, form: MultiDict[str, str]) -> bytes:
    """Return everything that Twilio sent, each field with the list of its values."""
    return _cipher(keys).encrypt(json.dumps(form.to_dict(flat=False)).encode())


def decrypt_fields(keys: IdentitySettings, encrypted: bytes) -> dict[str, list[str]]:
    """Return the fields that `encrypt_fields` kept."""
    fields: dict[str, list[str]] = json.loads(_cipher(keys).decrypt(encrypted))
    return fields


def _keyed_hash(keys: IdentitySettings, name: str) -> str:
    pepper = keys.user_id_pepper.get_secret_value().encode()
    return hmac.digest(pepper, name.encode(), "sha256").hex()[:32]


def _cipher(keys: IdentitySettings) -> Fernet:
    return _fernet(keys.contact_key.get_secret_value())


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    return Fernet(key)
