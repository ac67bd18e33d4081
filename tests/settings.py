"""Settings for tests: of values by variable, changed ones, and the same as an environment."""

from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.settings.groups import GROUPS, Settings, settings_from

REQUIRED = {
    "PUBLIC_BASE_URL": "https://bot.example.com",
    "SITES_BASE_URL": "https://apps.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "test-auth-token",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
    "ANTHROPIC_API_KEY": "test-key",
    "USER_ID_PEPPER": "test-pepper-0123456789",
    "CONTACT_KEY": Fernet.generate_key().decode(),
    "OPERATOR_TOKEN": "test-operator-token",
}


def make_settings(**values: object) -> Settings:
    """Settings with these values by variable; of what is required, made-up ones."""
    return settings_from(REQUIRED | values)


def changed(settings: Settings, **values: object) -> Settings:
    """A copy with these values by variable."""
    return settings_from(_values(settings) | values)


def environment(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, for processes of the test's own."""
    set_here = {name: value for name, value in _values(settings).items() if value not in (None, {})}
    return {name: _text(value) for name, value in set_here.items()}


def _values(settings: Settings) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for model in (settings, *(getattr(settings, group) for group in GROUPS)):
        fields = type(model).model_fields.items()
        values |= {field.alias: getattr(model, name) for name, field in fields if field.alias}
    return values


def _text(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case list():
            return ",".join(_text(item) for item in value)
        case dict():
            return ",".join(f"{name}:{_text(item)}" for name, item in value.items())
        case _:
            return str(value)
