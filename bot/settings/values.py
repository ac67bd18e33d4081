"""What the value of a setting may be: addresses, secrets and lists, each with what is refused.

Where more is demanded outside development, the validation's context says where we are (`env`).
"""

import base64
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, IPvAnyNetwork, SecretStr, ValidationInfo

from bot.settings.development import FERNET_KEY_BYTES
from bot.settings.production import (
    SHORTEST,
    demand_encryption,
    demand_no_stand_in,
    demand_strength,
)

_ADDRESS = re.compile(r"whatsapp:\+?[A-Za-z0-9.]{1,140}")
_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def env_of(info: ValidationInfo) -> str | None:
    """Where the settings under validation are for, as given; None where nobody says."""
    return (info.context or {}).get("env")


def origin(url: str) -> tuple[str, str, int | None]:
    """Return what a browser compares: scheme, host in lower case, port with its default."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    return parts.scheme, host, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def no_stand_in(variable: str) -> AfterValidator:
    """Refuse for this variable the address of the demo's stand-in, except in development."""

    def refuse_stand_in(url: str | None, info: ValidationInfo) -> str | None:
        if url is not None and env_of(info) != "development":
            demand_no_stand_in(variable, url)
        return url

    return AfterValidator(refuse_stand_in)


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _absolute_url(url: str, info: ValidationInfo) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an absolute http or https URL")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be a plain base URL without query, fragment or user")
    if parts.port == 0:  # asking for it also refuses what is none
        raise ValueError("must have a port that can be connected to")
    if env_of(info) == "production":
        demand_encryption(url)
    return url.rstrip("/")


def _postgresql(url: SecretStr) -> SecretStr:
    import psycopg  # here, because that takes long and not every command needs it

    try:
        psycopg.conninfo.conninfo_to_dict(url.get_secret_value())
    except psycopg.ProgrammingError:
        raise ValueError(
            "must be the address of a PostgreSQL, postgresql://user:password@host/database"
        ) from None
    return url


def _account_sid(sid: str) -> str:
    if not _ACCOUNT_SID.fullmatch(sid):
        raise ValueError("must be AC followed by 32 hexadecimal digits")
    return sid


def _whatsapp_address(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError("must look like whatsapp:+14155238886")
    return address


def _secret_whatsapp_address(address: SecretStr) -> SecretStr:
    _whatsapp_address(address.get_secret_value())
    return address


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST:
        raise ValueError(f"must have at least {SHORTEST} characters")
    return secret


def _fernet_key(key: SecretStr) -> SecretStr:
    try:
        fits = len(base64.urlsafe_b64decode(key.get_secret_value())) == FERNET_KEY_BYTES
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("must be a Fernet key (32 bytes, url-safe base64)")
    return key


def _hard_to_guess(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if env_of(info) == "production":
        demand_strength(secret.get_secret_value())
    return secret


def _tokens(tokens: list[SecretStr], info: ValidationInfo) -> list[SecretStr]:
    if not tokens:
        raise ValueError("must hold at least one token")
    return [_hard_to_guess(token, info) for token in tokens]


BaseUrl = Annotated[str, AfterValidator(_absolute_url)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_postgresql)]
Networks = Annotated[list[IPvAnyNetwork] | None, BeforeValidator(_split)]
AccountSid = Annotated[str, AfterValidator(_account_sid)]
WhatsAppAddress = Annotated[str, AfterValidator(_whatsapp_address)]
SecretWhatsAppAddress = Annotated[SecretStr, AfterValidator(_secret_whatsapp_address)]
Secret = Annotated[SecretStr, AfterValidator(_hard_to_guess)]
LongSecret = Annotated[SecretStr, AfterValidator(_long_enough), AfterValidator(_hard_to_guess)]
FernetKey = Annotated[SecretStr, AfterValidator(_fernet_key), AfterValidator(_hard_to_guess)]
Tokens = Annotated[list[SecretStr], BeforeValidator(_split), AfterValidator(_tokens)]
