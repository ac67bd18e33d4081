"""Every setting of the product, read once from the environment, `.env` and the local file.

Two ways to run:

- **configured**: `DATABASE_URL` is set, or `ENV` is not development; every required setting must be
  set as well.
- **local**: in development without `DATABASE_URL`; the embedded PostgreSQL under `.textcrew/`
  serves, and what is missing is made up (`bot.settings_in_development`).
"""

import base64
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import ConfigurationError
from bot.settings_in_development import FERNET_KEY_BYTES, local_values
from bot.settings_in_production import (
    demand_encryption,
    demand_no_stand_in,
    demand_strength,
    origin,
)
from bot.settings_misspelt import refuse_misspelt

ENV_FILE = Path(".env")

_ADDRESS = re.compile(r"whatsapp:\+?[A-Za-z0-9.]{1,140}")
_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Tokens = Annotated[list[SecretStr], NoDecode, BeforeValidator(_split)]
Networks = Annotated[list[IPvAnyNetwork] | None, NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """All settings, validated. Names of fields are the environment variables' in lower case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    env: Literal["development", "staging", "production"] = "development"  # first: others look at it
    database_url: SecretStr | None = Field(default=None, validate_default=True)
    public_base_url: str
    sites_base_url: str
    trusted_proxies: Networks = None
    twilio_account_sid: str
    twilio_auth_token: Tokens
    twilio_whatsapp_from: str
    twilio_base_url: str | None = None
    twilio_template_sid: str | None = Field(default=None, pattern=r"^HX[0-9a-f]{32}$")
    pair_interval_seconds: float = Field(default=6.0, ge=0)
    sender_rate_per_second: float = Field(default=80.0, ge=0)
    anthropic_api_key: SecretStr
    anthropic_base_url: str | None = None
    model: str = "claude-sonnet-5-5"
    routing_model: str = "claude-haiku-5-5"
    model_first_event_seconds: float = Field(default=60.0, gt=0)
    model_silence_seconds: float = Field(default=60.0, gt=0)
    model_call_seconds: float = Field(default=900.0, gt=0)
    reading_seconds: float = Field(default=45.0, gt=0)
    working_budget_tokens: int = Field(default=200_000, ge=4_000)
    warning_threshold_percent: int = Field(default=75, gt=0, lt=100)
    critical_threshold_percent: int = Field(default=90, gt=0, le=100)
    request_budget_usd: Decimal = Field(default=Decimal("5.00"), gt=0)
    user_daily_budget_usd: Decimal = Field(default=Decimal("20.00"), gt=0)
    total_daily_budget_usd: Decimal = Field(default=Decimal("200.00"), gt=0)
    check_apps: bool = True
    mcp_config: Path | None = None
    question_timeout_seconds: int = Field(default=600, ge=1)
    agent_timeout_seconds: int = Field(default=3_600, ge=1)
    build_stall_seconds: int = Field(default=2_400, ge=1)
    user_id_pepper: SecretStr
    contact_key: SecretStr
    logfire_token: SecretStr | None = None
    enable_logfire: bool = True
    service_name: str = Field(default="textcrew", pattern=r"^[A-Za-z0-9._-]+$")
    trace_sample_rate: float = Field(default=1.0, ge=0, le=1)
    trace_sql: Literal["slow", "all"] = "slow"
    slow_sql_ms: float = Field(default=50.0, ge=0)
    telemetry_content: Literal["off", "preview"] = "off"
    telemetry_console: bool = False
    local_records: bool = True
    records_retention_days: int = Field(default=30, ge=1)
    retention_turns_days: int = Field(default=30, ge=1)
    retention_handoffs_days: int = Field(default=90, ge=1)
    retention_messages_days: int = Field(default=90, ge=2)
    retention_media_days: int = Field(default=30, ge=2)
    retention_cleared_days: int = Field(default=30, ge=1)
    retention_jobs_days: int = Field(default=30, ge=1)
    retention_budgets_days: int = Field(default=30, ge=2)
    retention_calls_days: int = Field(default=400, ge=2)
    retention_files_days: int = Field(default=90, ge=2)
    query_token: SecretStr | None = None
    query_database_url: SecretStr | None = None
    logfire_read_token: SecretStr | None = None
    alert_webhook_url: SecretStr | None = None
    alert_whatsapp_to: SecretStr | None = None
    operator_token: SecretStr

    @field_validator("public_base_url", "sites_base_url", "twilio_base_url", "anthropic_base_url")
    @classmethod
    def _absolute_url(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an absolute http or https URL")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("must be a plain base URL without query, fragment or user")
        if parts.port == 0:  # asking for it also refuses what is none
            raise ValueError("must have a port that can be connected to")
        if info.data.get("env") != "development":
            demand_no_stand_in(str(info.field_name).upper(), url)
        if info.data.get("env") == "production":
            demand_encryption(url)
        return url.rstrip("/")

    @field_validator("sites_base_url")
    @classmethod
    def _another_origin(cls, url: str, info: ValidationInfo) -> str:
        if "public_base_url" in info.data and origin(url) == origin(info.data["public_base_url"]):
            raise ValueError(
                "must be another origin (host or port) than PUBLIC_BASE_URL, "
                "because published apps must not run beside the webhook and the console"
            )
        return url

    @field_validator("database_url")
    @classmethod
    def _named_outside_development(
        cls, url: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if url is None and info.data.get("env") != "development":
            raise PydanticCustomError("missing", "is for development only to leave out")
        return url

    @field_validator("database_url", "query_database_url")
    @classmethod
    def _postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            import psycopg  # here, because that takes long and not every command needs it

            try:
                psycopg.conninfo.conninfo_to_dict(url.get_secret_value())
            except psycopg.ProgrammingError:
                raise ValueError(
                    "must be the address of a PostgreSQL, postgresql://user:password@host/database"
                ) from None
        return url

    @field_validator("critical_threshold_percent")
    @classmethod
    def _above_the_warning(cls, critical: int, info: ValidationInfo) -> int:
        if critical <= info.data.get("warning_threshold_percent", 0):
            raise ValueError("must be above WARNING_THRESHOLD_PERCENT")
        return critical

    @field_validator("twilio_account_sid")
    @classmethod
    def _sid(cls, sid: str) -> str:
        if not _ACCOUNT_SID.fullmatch(sid):
            raise ValueError("must be AC followed by 32 hexadecimal digits")
        return sid

    @field_validator("twilio_auth_token")
    @classmethod
    def _at_least_one(cls, tokens: list[SecretStr]) -> list[SecretStr]:
        if not tokens:
            raise ValueError("must hold at least one token")
        return tokens

    @field_validator("twilio_whatsapp_from")
    @classmethod
    def _whatsapp_address(cls, address: str) -> str:
        if not _ADDRESS.fullmatch(address):
            raise ValueError("must look like whatsapp:+14155238886")
        return address

    @field_validator("alert_whatsapp_to")
    @classmethod
    def _operators_address(cls, address: SecretStr | None) -> SecretStr | None:
        if address is not None and not _ADDRESS.fullmatch(address.get_secret_value()):
            raise ValueError("must look like whatsapp:+14155238886")
        return address

    @field_validator("user_id_pepper", "operator_token")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters")
        return secret

    @field_validator("contact_key")
    @classmethod
    def _fernet_key(cls, key: SecretStr) -> SecretStr:
        try:
            fits = len(base64.urlsafe_b64decode(key.get_secret_value())) == FERNET_KEY_BYTES
        except ValueError:
            fits = False
        if not fits:
            raise ValueError("must be a Fernet key (32 bytes, url-safe base64)")
        return key

    @field_validator(
        "twilio_auth_token", "user_id_pepper", "contact_key", "operator_token", "query_token"
    )
    @classmethod
    def _hard_to_guess(
        cls, value: SecretStr | list[SecretStr] | None, info: ValidationInfo
    ) -> SecretStr | list[SecretStr] | None:
        if info.data.get("env") == "production" and value is not None:
            for secret in value if isinstance(value, list) else [value]:
                demand_strength(secret.get_secret_value())
        return value

    @property
    def is_local(self) -> bool:
        """True when the embedded database serves, because no `DATABASE_URL` is set."""
        return self.database_url is None


def load_settings() -> Settings:
    """Read and check the settings.

    Raises `ConfigurationError` with one sentence that names every missing or malformed variable
    and never shows a value.
    """
    refuse_misspelt(ENV_FILE, {name.upper() for name in Settings.model_fields})
    given = _given()
    made_up: dict[str, Any] = {}
    if "DATABASE_URL" not in given and given.get("ENV", "development") == "development":
        made_up = {name.lower(): value for name, value in local_values(given).items()}
    try:
        return Settings(_env_file=ENV_FILE, **made_up)  # type: ignore[call-arg]  # pydantic-settings
    except ValidationError as error:
        raise ConfigurationError(_one_sentence(error)) from None


def _given() -> dict[str, str]:
    """What the environment and `.env` set, the former first."""
    around = {name.upper(): value for name, value in os.environ.items() if value}
    in_file = {name.upper(): value for name, value in dotenv_values(ENV_FILE).items() if value}
    return in_file | around


def _one_sentence(error: ValidationError) -> str:
    missing = [_variable(e) for e in error.errors() if e["type"] == "missing"]
    wrong = [
        f"{_variable(e)} {e['msg'].removeprefix('Value error, ')}"
        for e in error.errors()
        if e["type"] != "missing"
    ]
    parts = []
    if missing:
        parts.append(f"set {', '.join(missing)}")
    parts += wrong
    return "Configuration: " + "; ".join(parts) + " (.env.example lists every variable)."


def _variable(error: Any) -> str:
    return str(error["loc"][0]).upper() if error["loc"] else "a setting"
