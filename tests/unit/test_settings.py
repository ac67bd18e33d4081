"""Settings: complete or refused with one sentence, and never a secret in it."""

from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.settings.development import LOCAL_ENV, STAND_INS, fresh_local_values
from bot.settings.groups import variables
from bot.settings.loading import load_settings

COMPLETE = {"DATABASE_URL": "postgresql://db/textcrew", **fresh_local_values()}
REAL: dict[str, str | None] = {
    "PUBLIC_BASE_URL": "https://bot.example.com",
    "SITES_BASE_URL": "https://*.apps.example.com",
    **dict.fromkeys(STAND_INS),
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and an environment that sets nothing of ours."""
    monkeypatch.chdir(tmp_path)
    for name, _ in variables():
        monkeypatch.delenv(name, raising=False)


def configure(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> None:
    for name, value in (COMPLETE | changes).items():
        if value is not None:
            monkeypatch.setenv(name, value)


def test_without_a_database_secrets_are_made_once_and_kept_private() -> None:
    first, second = load_settings(), load_settings()

    assert first == second
    assert first.is_local
    assert LOCAL_ENV.stat().st_mode & 0o077 == 0


def test_every_missing_variable_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/textcrew")

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    for name in COMPLETE.keys() - STAND_INS - {"DATABASE_URL"}:
        assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("PUBLIC_BASE_URL", "example.com", "must be an absolute http or https URL"),
        ("PUBLIC_BASE_URL", "https://example.com:99999", "Port out of range"),
        ("SITES_BASE_URL", "https://apps.example.com/?x=1", "must be a plain base URL"),
        ("TWILIO_ACCOUNT_SID", "AC-not-one", "must be AC followed by"),
        pytest.param(
            "VIEWER_TOKEN",
            COMPLETE["OPERATOR_TOKEN"],
            "must be another one than OPERATOR_TOKEN",
            id="VIEWER_TOKEN",
        ),
        ("TWILIO_AUTH_TOKEN", " , ", "must hold at least one token"),
        ("TWILIO_WHATSAPP_FROM", "+4915901234567", "must look like whatsapp:"),
        ("USER_ID_PEPPER", "short", "must have at least 16 characters"),
        ("CONTACT_KEY", "not-a-fernet-key-at-all", "must be a Fernet key"),
        ("WORKING_BUDGET_TOKENS", "77", "greater than or equal to 4000"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy.example.com", "not a valid IPv4 or IPv6 network"),
        ("EFFORT_BY_ROLE", "frontned:high", "names a role that there is not"),
        ("EFFORT_BY_ROLE", "frontend:hihg", "names an effort that there is not"),
        ("OUTPUT_LIMIT_BY_ROLE", "qa:9", "must give 500 to 128000 tokens"),
        ("MODEL_BY_ROLE", "claude-opus-5-5", "must look like frontend:…,qa:…"),
        ("MODEL_BY_ROLE", "qa:one,qa:other", "names a role twice"),
        ("TRANSCRIPTION_BASE_URL", "whisper.example.com", "must be an absolute http or https URL"),
        ("TRANSCRIPTION_USD_PER_MINUTE", "-1", "greater than or equal to 0"),
        ("ENV", "live", "'development', 'staging' or 'production'"),
    ],
)
def test_a_malformed_value_is_refused_by_name_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    configure(monkeypatch, **{name: value})

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    assert name in str(refused.value)
    assert complaint in str(refused.value)
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CHEK_APPS", "CHECK_APPS"),
        ("CHECK_APP", "CHECK_APPS"),
        ("PUBLIC__BASE_URL", "PUBLIC_BASE_URL"),
        ("modle", "MODEL"),
        ("LOGFIRE_TOKIN", "LOGFIRE_TOKEN"),
    ],
)
def test_a_name_that_is_nearly_a_settings_is_refused_with_what_was_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    for setting, value in COMPLETE.items():
        monkeypatch.setenv(setting, value)
    Path(".env").write_text(f"{name}=1\n")

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    assert str(refused.value) == (f"Configuration: {name} is no setting, {meant} is; fix the name.")


def test_what_belongs_to_others_is_no_misspelt_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting, value in COMPLETE.items():
        monkeypatch.setenv(setting, value)
    for others in (
        "GITHUB_TOKEN",
        "LOGFIRE_BASE_URL",
        "OTEL_SERVICE_NAME",
        "MODELS",
        "DATABASE_URI",
    ):
        monkeypatch.setenv(others, "1")
    Path(".env").write_text("NETLIFY_TOKEN=1\nTWILIO_AUTH_TOKEN_OLD=1\nENVS=1\n")

    load_settings()

    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(ConfigurationError, match="DATABASE_URI is no setting, DATABASE_URL is"):
        load_settings()


@pytest.mark.parametrize(
    ("given", "sent_to"),
    [
        (
            {"ANTHROPIC_API_KEY": "sk-ant-real"},
            ("http://127.0.0.1:8002", None),
        ),
        (
            {
                "TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
                "TWILIO_AUTH_TOKEN": "real",
                "TWILIO_WHATSAPP_FROM": "whatsapp:+4915901234567",
            },
            (None, "http://127.0.0.1:8003"),
        ),
    ],
)
@pytest.mark.parametrize("in_file", [True, False])
def test_real_keys_never_go_to_the_stand_ins_addresses(
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    sent_to: tuple[str | None, str | None],
    in_file: bool,
) -> None:
    load_settings()  # an earlier run has written all of the stand-ins' settings down
    if in_file:
        Path(".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    for name, value in given.items():
        if not in_file:
            monkeypatch.setenv(name.lower(), value)

    settings = load_settings()

    assert (settings.twilio.base_url, settings.model.base_url) == sent_to


def test_a_credential_of_twilios_is_not_completed_by_made_up_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "real")

    with pytest.raises(ConfigurationError, match="set TWILIO_ACCOUNT_SID, TWILIO_WHATSAPP_FROM "):
        load_settings()


@pytest.mark.parametrize("env", ["staging", "production"])
def test_outside_development_nothing_is_made_up(monkeypatch: pytest.MonkeyPatch, env: str) -> None:
    load_settings()
    monkeypatch.setenv("ENV", env)

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    assert {name for name in COMPLETE if name in str(refused.value)} == COMPLETE.keys() - STAND_INS
    for name, stand_in in STAND_INS.items():
        address = stand_in.replace("127.0.0.1", "LOCALHOST")
        configure(monkeypatch, **(REAL | {"ENV": env, name: address}))
        with pytest.raises(ConfigurationError, match=f"{name} is the address of the demo's stand"):
            load_settings()
        monkeypatch.delenv(name)


PRODUCTION = [
    ("PUBLIC_BASE_URL", "http://bot.example.com", "must begin with https://"),
    ("SITES_BASE_URL", "http://*.apps.example.com", "must begin with https://"),
    ("TWILIO_BASE_URL", "http://127.0.0.1.example.com", "must begin with https://"),
    ("ANTHROPIC_BASE_URL", "http://10.0.0.1:8003", "must begin with https://"),
    ("TRANSCRIPTION_BASE_URL", "http://10.0.0.1:8004/v1", "must begin with https://"),
    ("OPERATOR_TOKEN", "a" * 64, "5 different ones"),
    ("QUERY_TOKEN", "a3Xq9", "at least 16 characters"),
    ("QUERY_TOKEN", "abababababababababab", "5 different ones"),
    ("USER_ID_PEPPER", "0" * 16, "5 different ones"),
    ("CONTACT_KEY", "A" * 43 + "=", "5 different ones"),
    ("TWILIO_AUTH_TOKEN", "token", "at least 16 characters"),
    ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef,old", "at least 16 characters"),
]


@pytest.mark.parametrize(("name", "value", "complaint"), PRODUCTION)
def test_production_refuses_what_is_good_enough_for_development(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    configure(monkeypatch, **REAL, ENV="production")
    assert load_settings().env == "production"
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    assert f"Configuration: {name} must " in str(refused.value)
    assert complaint in str(refused.value)
    assert value not in str(refused.value)
    monkeypatch.setenv("ENV", "development")
    if name not in {"USER_ID_PEPPER", "OPERATOR_TOKEN"} or len(value) >= 16:
        load_settings()


def test_all_that_production_refuses_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {name: value for name, value, _ in PRODUCTION}
    configure(monkeypatch, **wrong, ENV="production", DATABASE_URL=None)

    with pytest.raises(ConfigurationError) as refused:
        load_settings()

    for name in ("DATABASE_URL", *wrong):
        assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("warning", "critical"), [("90", "75"), ("80", "80"), ("95", None)])
def test_the_critical_threshold_is_above_the_warning(
    monkeypatch: pytest.MonkeyPatch, warning: str, critical: str | None
) -> None:
    configure(
        monkeypatch,
        WARNING_THRESHOLD_PERCENT=warning,
        CRITICAL_THRESHOLD_PERCENT=critical,
    )

    with pytest.raises(ConfigurationError, match="CRITICAL_THRESHOLD_PERCENT must be above WARN"):
        load_settings()


@pytest.mark.parametrize(
    ("public", "sites"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://example.com", "https://EXAMPLE.com"),
        ("https://example.com", "HTTPS://example.com:443/"),
        ("https://example.com:0443/bot", "https://example.com./apps"),
        ("http://example.com:80", "http://example.com"),
    ],
)
def test_apps_must_not_share_the_products_origin(
    monkeypatch: pytest.MonkeyPatch, public: str, sites: str
) -> None:
    configure(monkeypatch, PUBLIC_BASE_URL=public, SITES_BASE_URL=sites)

    with pytest.raises(ConfigurationError, match="SITES_BASE_URL must be another origin"):
        load_settings()


def test_tokens_are_split_at_commas_for_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, TWILIO_AUTH_TOKEN="new, old")

    tokens = [token.get_secret_value() for token in load_settings().twilio.auth_tokens]

    assert tokens == ["new", "old"]


def test_nobody_is_trusted_as_a_proxy_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch)
    assert load_settings().web.trusted_proxies is None

    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8, fd00::/8")
    named = [str(network) for network in load_settings().web.trusted_proxies or ()]
    assert named == ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]


def test_no_secret_shows_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, LOGFIRE_TOKEN="pylf_v1_eu_secret")

    shown = f"{load_settings()!r} {load_settings()}"

    for name in ("TWILIO_AUTH_TOKEN", "USER_ID_PEPPER", "CONTACT_KEY", "OPERATOR_TOKEN"):
        assert COMPLETE[name] not in shown
    assert "pylf_v1_eu_secret" not in shown


def test_the_example_lists_every_variable_with_its_default() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text("utf-8")
    listed = dict(line.split("=", 1) for line in example.splitlines() if line[:1].isupper())

    assert listed.keys() == {name for name, _ in variables()}
    for name, field in variables():
        default = "" if field.is_required() or field.default in (None, {}) else field.default
        assert listed[name] == (str(default).lower() if isinstance(default, bool) else str(default))
