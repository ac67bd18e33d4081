"""All settings, in groups; each field names the environment variable that fills it.

Who needs one group takes that group; all of them belong to what starts a process.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from bot.settings.roles import ByRole, EffortByRole, OutputByRole
from bot.settings.values import (
    AccountSid,
    BaseUrl,
    FernetKey,
    LongSecret,
    Networks,
    PostgresUrl,
    Secret,
    SecretWhatsAppAddress,
    Tokens,
    WhatsAppAddress,
    env_of,
    no_stand_in,
    origin,
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, validate_default=True)


class WebSettings(_Frozen):
    """Where the product and the published apps are reached."""

    public_base_url: BaseUrl = Field(alias="PUBLIC_BASE_URL")
    sites_base_url: BaseUrl = Field(alias="SITES_BASE_URL")
    trusted_proxies: Networks = Field(default=None, alias="TRUSTED_PROXIES")

    @field_validator("sites_base_url")
    @classmethod
    def _another_origin(cls, url: str, info: ValidationInfo) -> str:
        if "public_base_url" in info.data and origin(url) == origin(info.data["public_base_url"]):
            raise ValueError(
                "must be another origin (host or port) than PUBLIC_BASE_URL, "
                "because published apps must not run beside the webhook and the console"
            )
        return url


class TwilioSettings(_Frozen):
    """The account at Twilio, and how fast it may be written to."""

    account_sid: AccountSid = Field(alias="TWILIO_ACCOUNT_SID")
    auth_tokens: Tokens = Field(alias="TWILIO_AUTH_TOKEN")
    whatsapp_from: WhatsAppAddress = Field(alias="TWILIO_WHATSAPP_FROM")
    base_url: Annotated[BaseUrl | None, no_stand_in("TWILIO_BASE_URL")] = Field(
        default=None, alias="TWILIO_BASE_URL"
    )
    template_sid: str | None = Field(
        default=None, pattern=r"^HX[0-9a-f]{32}$", alias="TWILIO_TEMPLATE_SID"
    )
    album_seconds: float = Field(default=4.0, ge=0, le=60, alias="ALBUM_SECONDS")
    pair_interval_seconds: float = Field(default=6.0, ge=0, alias="PAIR_INTERVAL_SECONDS")
    sender_rate_per_second: float = Field(default=80.0, ge=0, alias="SENDER_RATE_PER_SECOND")


class ModelSettings(_Frozen):
    """Which models are asked, where, and how long they are waited for."""

    api_key: SecretStr = Field(alias="ANTHROPIC_API_KEY")
    base_url: Annotated[BaseUrl | None, no_stand_in("ANTHROPIC_BASE_URL")] = Field(
        default=None, alias="ANTHROPIC_BASE_URL"
    )
    name: str = Field(default="claude-sonnet-5-5", alias="MODEL")
    routing_name: str = Field(default="claude-haiku-5-5", alias="ROUTING_MODEL")
    by_role: ByRole = Field(default={}, alias="MODEL_BY_ROLE")
    effort_by_role: EffortByRole = Field(default={}, alias="EFFORT_BY_ROLE")
    output_by_role: OutputByRole = Field(default={}, alias="OUTPUT_LIMIT_BY_ROLE")
    first_event_seconds: float = Field(default=60.0, gt=0, alias="MODEL_FIRST_EVENT_SECONDS")
    silence_seconds: float = Field(default=60.0, gt=0, alias="MODEL_SILENCE_SECONDS")
    call_seconds: float = Field(default=900.0, gt=0, alias="MODEL_CALL_SECONDS")
    reading_seconds: float = Field(default=45.0, gt=0, alias="READING_SECONDS")

    def name_of(self, role: str, *, small: bool = False) -> str:
        """The model that a role asks: its own, else the one for `small` tasks or for all others."""
        return self.by_role.get(role, self.routing_name if small else self.name)


class TranscriptionSettings(_Frozen):
    """Who turns voice notes into words: a server that speaks OpenAI's `/audio/transcriptions`."""

    base_url: Annotated[BaseUrl | None, no_stand_in("TRANSCRIPTION_BASE_URL")] = Field(
        default=None, alias="TRANSCRIPTION_BASE_URL"
    )
    api_key: SecretStr | None = Field(default=None, alias="TRANSCRIPTION_API_KEY")
    model: str = Field(default="whisper-1", min_length=1, alias="TRANSCRIPTION_MODEL")
    usd_per_minute: Decimal | None = Field(default=None, ge=0, alias="TRANSCRIPTION_USD_PER_MINUTE")


class CrewSettings(_Frozen):
    """How the crew's agents work, and how long each may take."""

    working_budget_tokens: int = Field(default=200_000, ge=4_000, alias="WORKING_BUDGET_TOKENS")
    warning_threshold_percent: int = Field(
        default=75, gt=0, lt=100, alias="WARNING_THRESHOLD_PERCENT"
    )
    critical_threshold_percent: int = Field(
        default=90, gt=0, le=100, alias="CRITICAL_THRESHOLD_PERCENT"
    )
    question_timeout_seconds: int = Field(default=600, ge=1, alias="QUESTION_TIMEOUT_SECONDS")
    agent_timeout_seconds: int = Field(default=3_600, ge=1, alias="AGENT_TIMEOUT_SECONDS")
    build_stall_seconds: int = Field(default=2_400, ge=1, alias="BUILD_STALL_SECONDS")
    builds_per_worker: int = Field(default=50, ge=1, alias="BUILDS_PER_WORKER")
    check_apps: bool = Field(default=True, alias="CHECK_APPS")
    mcp_config: Path | None = Field(default=None, alias="MCP_CONFIG")

    @field_validator("critical_threshold_percent")
    @classmethod
    def _above_the_warning(cls, critical: int, info: ValidationInfo) -> int:
        if critical <= info.data.get("warning_threshold_percent", 0):
            raise ValueError("must be above WARNING_THRESHOLD_PERCENT")
        return critical


class BudgetSettings(_Frozen):
    """What model calls may cost, in US dollars."""

    request_usd: Decimal = Field(default=Decimal("5.00"), gt=0, alias="REQUEST_BUDGET_USD")
    user_daily_usd: Decimal = Field(default=Decimal("20.00"), gt=0, alias="USER_DAILY_BUDGET_USD")
    total_daily_usd: Decimal = Field(
        default=Decimal("200.00"), gt=0, alias="TOTAL_DAILY_BUDGET_USD"
    )


class IdentitySettings(_Frozen):
    """What users' ids are made with, and what their addresses are encrypted with."""

    user_id_pepper: LongSecret = Field(alias="USER_ID_PEPPER")
    contact_key: FernetKey = Field(alias="CONTACT_KEY")


class TelemetrySettings(_Frozen):
    """What is recorded of our own work, and where to."""

    logfire_token: SecretStr | None = Field(default=None, alias="LOGFIRE_TOKEN")
    enabled: bool = Field(default=True, alias="ENABLE_LOGFIRE")
    service_name: str = Field(
        default="textcrew", pattern=r"^[A-Za-z0-9._-]+$", alias="SERVICE_NAME"
    )
    trace_sample_rate: float = Field(default=1.0, ge=0, le=1, alias="TRACE_SAMPLE_RATE")
    trace_sql: Literal["slow", "all"] = Field(default="slow", alias="TRACE_SQL")
    slow_sql_ms: float = Field(default=50.0, ge=0, alias="SLOW_SQL_MS")
    content: Literal["off", "preview"] = Field(default="off", alias="TELEMETRY_CONTENT")
    console: bool = Field(default=False, alias="TELEMETRY_CONSOLE")
    local_records: bool = Field(default=True, alias="LOCAL_RECORDS")
    records_database_url: PostgresUrl | None = Field(default=None, alias="RECORDS_DATABASE_URL")


class RetentionSettings(_Frozen):
    """For how many days each kind of data is kept."""

    records_days: int = Field(default=30, ge=1, alias="RECORDS_RETENTION_DAYS")
    turns_days: int = Field(default=30, ge=1, alias="RETENTION_TURNS_DAYS")
    handoffs_days: int = Field(default=90, ge=1, alias="RETENTION_HANDOFFS_DAYS")
    messages_days: int = Field(default=90, ge=2, alias="RETENTION_MESSAGES_DAYS")
    media_days: int = Field(default=30, ge=2, alias="RETENTION_MEDIA_DAYS")
    cleared_days: int = Field(default=30, ge=1, alias="RETENTION_CLEARED_DAYS")
    jobs_days: int = Field(default=30, ge=1, alias="RETENTION_JOBS_DAYS")
    budgets_days: int = Field(default=30, ge=2, alias="RETENTION_BUDGETS_DAYS")
    calls_days: int = Field(default=400, ge=2, alias="RETENTION_CALLS_DAYS")
    files_days: int = Field(default=90, ge=2, alias="RETENTION_FILES_DAYS")
    audit_days: int = Field(default=400, ge=1, alias="RETENTION_AUDIT_DAYS")

    @property
    def resumable_days(self) -> int:
        """For how many days what the agents of a build know is kept whole."""
        return min(self.turns_days, self.handoffs_days)


class OperatorSettings(_Frozen):
    """Who may look at the product from outside, and where its alerts go."""

    query_token: Secret | None = Field(default=None, alias="QUERY_TOKEN")
    query_database_url: PostgresUrl | None = Field(default=None, alias="QUERY_DATABASE_URL")
    logfire_read_token: SecretStr | None = Field(default=None, alias="LOGFIRE_READ_TOKEN")
    alert_agent_tokens: int = Field(default=150_000, ge=1, alias="ALERT_AGENT_TOKENS")
    alert_webhook_url: SecretStr | None = Field(default=None, alias="ALERT_WEBHOOK_URL")
    alert_whatsapp_to: SecretWhatsAppAddress | None = Field(default=None, alias="ALERT_WHATSAPP_TO")
    operator_token: LongSecret = Field(alias="OPERATOR_TOKEN")
    viewer_token: LongSecret | None = Field(default=None, alias="VIEWER_TOKEN")

    @field_validator("viewer_token")
    @classmethod
    def _another_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if token is not None and token == info.data.get("operator_token"):
            raise ValueError("must be another one than OPERATOR_TOKEN: viewers may only look")
        return token


class Settings(_Frozen):
    """All settings of a process."""

    env: Literal["development", "staging", "production"] = Field(default="development", alias="ENV")
    database_url: PostgresUrl | None = Field(default=None, alias="DATABASE_URL")
    web: WebSettings
    twilio: TwilioSettings
    model: ModelSettings
    transcription: TranscriptionSettings
    crew: CrewSettings
    budgets: BudgetSettings
    identity: IdentitySettings
    telemetry: TelemetrySettings
    retention: RetentionSettings
    operators: OperatorSettings

    @property
    def records_url(self) -> str | None:
        """The database of their own that traces, logs and metrics have; None if they have none."""
        own = self.telemetry.records_database_url
        return None if own is None else own.get_secret_value()

    @property
    def queries_url(self) -> str | None:
        """Who answers queries in place of the product's database: a replica, or that of records."""
        replica = self.operators.query_database_url
        return self.records_url if replica is None else replica.get_secret_value()

    @field_validator("database_url")
    @classmethod
    def _named_outside_development(
        cls, url: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if url is None and env_of(info) != "development":
            raise PydanticCustomError("missing", "is for development only to leave out")
        return url

    @property
    def is_local(self) -> bool:
        """True when the embedded database serves, because no `DATABASE_URL` is set."""
        return self.database_url is None


GROUPS: dict[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Make the settings of values by variable. Raises pydantic's error with all groups' faults."""
    given = dict(values)
    env = given.get("ENV", "development")
    return Settings.model_validate(given | dict.fromkeys(GROUPS, given), context={"env": env})


def variables(*models: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Every environment variable that is a setting, of these groups or of all, with its field."""
    for model in models or (Settings, *GROUPS.values()):
        for field in model.model_fields.values():
            if field.alias is not None:
                yield field.alias, field


def variable_at(place: tuple[int | str, ...]) -> str:
    """The variable at which the validation found a fault; of a default it tells the field."""
    group, name = place[:2] if place[0] in GROUPS else ("", place[0])
    field = GROUPS.get(str(group), Settings).model_fields.get(str(name))
    return str(field.alias if field else name)
