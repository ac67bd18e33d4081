"""What `textcrew doctor` looks at: is the configuration complete, does all of it answer and run?"""

import asyncio
import os
from collections.abc import Callable

import anthropic
import httpx2
import psycopg
import requests
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator

from bot.checks.chromium import find_chromium
from bot.checks.protection import protection_of
from bot.cli.diagnosis import Diagnosis, bad, good
from bot.cli.logfire_address import logfire_address
from bot.cli.price_check import check_prices, models_by_role
from bot.confinement.account import SECRETS
from bot.database.connection import database_url
from bot.database.migrate import pending
from bot.delivery import circuit_breaker
from bot.errors import (
    BrowserMissing,
    ConfigurationError,
    TextcrewError,
    TranscriptionMisconfigured,
    VoiceRefused,
    VoiceUnavailable,
)
from bot.mcp.configuration import read_configuration
from bot.mcp.inspection import inspect
from bot.model.client import limits_of
from bot.model.effort import can_follow
from bot.operating.liveness import ComponentDown, look_at_workers, refusal_of_writes
from bot.operating.pauses import list_pauses
from bot.settings.groups import Settings
from bot.settings.loading import load_settings
from bot.sites.cookie_domains import shared_domain
from bot.speech.silence import hear_silence
from bot.twilio.client import connect
from telemetry.store.querying import HOW_TO_ADMIT, is_reader_admitted

TIMEOUT = 10.0  # seconds for each remote service

_SANDBOX = {True: "in its sandbox", False: "without its sandbox, which the system does not allow"}
_NO_ACCOUNT = (
    "Run the worker as another user than root, or install Python, textcrew and Chromium where "
    "every user can read them."
)
_ALLOW = "Allow unprivileged user namespaces, or start the worker as root: it then uses another."
_START_DEMO = "Nothing runs on this machine now: make demo"


def examine() -> list[Diagnosis]:
    """Run every check; without a valid configuration there is only that to tell."""
    try:
        settings = load_settings()
    except TextcrewError as error:
        return [bad("configuration", str(error), "Set it in the environment or in .env.")]
    where = "embedded database, local secrets" if settings.is_local else "from the environment"
    return [good("configuration", where), *(check(settings) for check in CHECKS)]


def _database(settings: Settings) -> Diagnosis:
    try:
        with psycopg.connect(database_url(settings), connect_timeout=int(TIMEOUT)) as connection:
            version = connection.info.server_version // 10_000
    except ConfigurationError as error:
        return bad("database", str(error))
    except (psycopg.OperationalError, TextcrewError) as error:
        reason = str(error).strip().splitlines()[0]
        return bad("database", reason, "Check DATABASE_URL, and that PostgreSQL runs there.")
    if version < 15:
        return bad("database", f"PostgreSQL {version}", "Use PostgreSQL 15 or newer.")
    return good("database", f"PostgreSQL {version}")


def _migrations(settings: Settings) -> Diagnosis:
    try:
        waiting = pending(database_url(settings))
    except (psycopg.OperationalError, TextcrewError):
        return bad("migrations", "the database does not tell", "Mend the database first.")
    if waiting:
        return bad("migrations", f"{len(waiting)} not applied", "Run: textcrew migrate")
    return good("migrations", "all applied")


def check_writes(settings: Settings) -> Diagnosis:
    """Try a write, of which nothing stays."""
    try:
        with psycopg.connect(database_url(settings), connect_timeout=int(TIMEOUT)) as connection:
            refusal = refusal_of_writes(connection)
    except (psycopg.OperationalError, TextcrewError):
        return bad("writes", "the database does not tell", "Mend the database first.")
    if refusal is not None:
        return bad(
            "writes",
            f"the database takes no writes ({refusal})",
            "Migrate it, see to its disk, or let DATABASE_URL lead to the primary.",
        )
    return good("writes", "the database takes writes")


def check_worker(settings: Settings) -> Diagnosis:
    """Look whether workers live, and take the jobs of every queue."""
    try:
        with psycopg.connect(database_url(settings), connect_timeout=int(TIMEOUT)) as connection:
            return good("worker", look_at_workers(connection))
    except ComponentDown as down:
        remedy = _START_DEMO if settings.is_local else "Run: textcrew worker"
        return bad("worker", str(down), remedy)
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable, TextcrewError):
        return bad("worker", "the database does not tell", "Mend the database first.")


def check_addresses(settings: Settings) -> Diagnosis:
    """Look how far apps are from the product: as far as cookies go."""
    shared = shared_domain(settings.web.public_base_url, settings.web.sites_base_url)
    if shared is None or settings.is_local:
        return good("addresses", "no cookie that an app sets is sent to the product")
    return Diagnosis(
        check="addresses",
        ok=True,
        seen=f"an app can set cookies for {shared}, which are sent to the product as well",
        remedy="Give SITES_BASE_URL a domain of its own, best one on the Public Suffix List.",
    )


def _signature(settings: Settings) -> Diagnosis:
    """A signed request without a message: 400 says that the signature was accepted."""
    url = f"{settings.web.public_base_url}/webhooks/whatsapp"
    form = {"AccountSid": settings.twilio.account_sid}
    token = settings.twilio.auth_tokens[0].get_secret_value()
    signature = RequestValidator(token).compute_signature(url, form)
    try:
        answer = httpx2.post(
            url, data=form, headers={"X-Twilio-Signature": signature}, timeout=TIMEOUT
        )
    except httpx2.HTTPError as error:
        return bad(
            "webhook",
            f"{url} cannot be reached ({type(error).__name__})",
            _START_DEMO
            if settings.is_local
            else "Start the web process, and let PUBLIC_BASE_URL lead to it.",
        )
    if answer.status_code == 403:
        return bad(
            "webhook",
            "the web process refuses our signature",
            "PUBLIC_BASE_URL and TWILIO_AUTH_TOKEN must be the same here and there.",
        )
    if answer.status_code != 400:
        return bad(
            "webhook",
            f"{url} answers with {answer.status_code}, which is not textcrew's answer",
            "Let PUBLIC_BASE_URL lead to textcrew's web process.",
        )
    return good("webhook", "signatures are accepted at the public address")


def _twilio(settings: Settings) -> Diagnosis:
    try:
        connect(settings.twilio, TwilioHttpClient(timeout=TIMEOUT)).messages.list(limit=1)
    except TwilioException as error:
        return bad(
            "twilio",
            f"refused ({getattr(error, 'code', None) or type(error).__name__})",
            "Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
        )
    except requests.RequestException as error:
        return bad(
            "twilio",
            f"cannot be reached ({type(error).__name__})",
            _START_DEMO
            if settings.is_local
            else "Check the network, and TWILIO_BASE_URL if it is set.",
        )
    return good("twilio", f"account {settings.twilio.account_sid[:6]}… answers")


def _sending(settings: Settings) -> Diagnosis:
    try:
        with psycopg.connect(database_url(settings), connect_timeout=int(TIMEOUT)) as connection:
            halted = circuit_breaker.find(connection)
            pauses = list_pauses(connection)
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable, TextcrewError):
        return bad("sending", "the database does not tell", "Mend the database first.")
    if halted is not None:
        return bad(
            "sending",
            f"nothing is sent since {halted.since:%Y-%m-%d %H:%M %Z}: {halted.reason}",
            "Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN; sending then resumes by itself.",
        )
    if pauses:
        told = "; ".join(
            f"the {one.what} since {one.since:%Y-%m-%d %H:%M %Z}, by {one.operator}: {one.reason}"
            for one in pauses
        )
        return bad("sending", f"paused is {told}", "Run: textcrew resume")
    return good("sending", "nothing is halted or paused")


def _anthropic(settings: Settings) -> Diagnosis:
    asked = models_by_role(settings.model)
    models = set(asked.values())
    client = anthropic.Anthropic(
        api_key=settings.model.api_key.get_secret_value(),
        base_url=settings.model.base_url,
        timeout=TIMEOUT,
        max_retries=0,
    )
    try:
        with client:
            limits = {model: limits_of(client.models.retrieve(model)) for model in sorted(models)}
    except anthropic.NotFoundError:
        return bad(
            "anthropic", "a model is not there", "Check MODEL, ROUTING_MODEL and MODEL_BY_ROLE."
        )
    except (anthropic.AuthenticationError, anthropic.PermissionDeniedError):
        return bad("anthropic", "the key is refused", "Check ANTHROPIC_API_KEY.")
    except (anthropic.APIError, httpx2.HTTPError) as error:
        return bad(
            "anthropic",
            f"does not answer ({type(error).__name__})",
            _START_DEMO
            if settings.is_local
            else "Check the network, and ANTHROPIC_BASE_URL if it is set.",
        )
    for role, effort in settings.model.effort_by_role.items():
        if not can_follow(effort, limits[asked[role]]):
            return bad(
                "anthropic",
                f"{asked[role]} does not take the effort {effort} of {role}",
                "Check EFFORT_BY_ROLE.",
            )
    return good("anthropic", f"{' and '.join(sorted(models))} are there")


def check_voice(settings: Settings) -> Diagnosis:
    """Have a second of silence transcribed."""
    if settings.transcription.base_url is None:
        return good("voice", "no TRANSCRIPTION_BASE_URL: who sends a voice note is asked to write")
    try:
        asyncio.run(hear_silence(settings.transcription))
    except TranscriptionMisconfigured as error:
        return bad(
            "voice",
            str(error),
            "Check TRANSCRIPTION_BASE_URL, TRANSCRIPTION_API_KEY and TRANSCRIPTION_MODEL.",
        )
    except (VoiceUnavailable, VoiceRefused) as error:
        return bad(
            "voice",
            str(error),
            _START_DEMO if settings.is_local else "Check the network, and TRANSCRIPTION_BASE_URL.",
        )
    return good("voice", f"{settings.transcription.model} hears voice notes")


def _logfire(settings: Settings) -> Diagnosis:
    if not settings.telemetry.enabled:
        return good("logfire", "switched off: nothing is sent")
    if settings.telemetry.logfire_token is None:
        return good("logfire", "no LOGFIRE_TOKEN: nothing is sent")
    token = settings.telemetry.logfire_token.get_secret_value()
    try:
        answer = httpx2.get(
            f"{logfire_address(token)}/v1/info", headers={"Authorization": token}, timeout=TIMEOUT
        )
    except httpx2.HTTPError as error:
        return bad("logfire", f"cannot be reached ({type(error).__name__})", "Check the network.")
    if answer.status_code != 200:
        return bad("logfire", f"refuses the token ({answer.status_code})", "Check LOGFIRE_TOKEN.")
    return good("logfire", "the token is accepted")


def _records(settings: Settings) -> Diagnosis:
    if not settings.telemetry.local_records:
        return good("records", "not kept in our database")
    own = settings.records_url
    try:
        url = own or database_url(settings)
        if own and pending(own):
            return bad("records", "their database lacks tables", "Run: textcrew migrate")
        with psycopg.connect(url, connect_timeout=int(TIMEOUT)) as connection:
            if is_reader_admitted(connection):
                where = ", in a database of their own" if own else ""
                return good("records", f"kept for textcrew query{where}")
            remedy = HOW_TO_ADMIT.format(user=connection.info.user)
    except (psycopg.OperationalError, TextcrewError):
        name = "RECORDS_DATABASE_URL" if own else "DATABASE_URL"
        return bad("records", "the database does not tell", f"Mend what {name} names first.")
    return bad("records", "kept, but queries are refused", remedy)


def _queries(settings: Settings) -> Diagnosis:
    """Look whether the database that is to answer queries can do so."""
    if settings.operators.query_database_url is None:
        return good("queries", "answered by the database that keeps the records")
    url = settings.operators.query_database_url.get_secret_value()
    remedy = "Let QUERY_DATABASE_URL name a replica of the database that keeps the records."
    try:
        with psycopg.connect(url, connect_timeout=int(TIMEOUT)) as connection:
            if not is_reader_admitted(connection):
                return bad("queries", "its queries are refused", remedy)
            is_replica = connection.info.parameter_status("in_hot_standby") == "on"
    except psycopg.OperationalError as error:
        return bad("queries", str(error).strip().splitlines()[0], remedy)
    who = "a replica" if is_replica else "a database that is no replica"
    return good("queries", f"answered by {who}")


def check_browser(settings: Settings) -> Diagnosis:
    """Start a browser as a check does, and see what keeps its page away from this machine."""
    chromium = find_chromium()
    if chromium is None:
        return bad(
            "browser",
            "no Chromium was found",
            "Install one: apt-get install chromium-headless-shell, or playwright install chromium.",
        )
    secrets = [*SECRETS, *([settings.crew.mcp_config] if settings.crew.mcp_config else [])]
    try:
        seen = protection_of(chromium, secrets)
    except BrowserMissing as error:
        return bad("browser", str(error), "Start it by hand as the worker's user to see why.")
    is_ours = seen.account == os.geteuid()
    who = "the worker's own account" if is_ours else f"account {seen.account}, which owns nothing"
    told = f"{chromium} as {who}, {_SANDBOX[seen.is_sandboxed]}"
    if is_ours and seen.account == 0:
        return bad("browser", f"{told}; a page that breaks out of it is root", _NO_ACCOUNT)
    if not is_ours and seen.readable:
        paths = " ".join(seen.readable)
        return bad("browser", f"{told}; it can read {paths}", f"Run: chmod go-rwx {paths}")
    if is_ours and not seen.is_sandboxed:
        return bad("browser", f"{told}; a page that breaks out of it reads what we read", _ALLOW)
    return good("browser", told)


def check_mcp(settings: Settings) -> Diagnosis:
    """Start every configured server and see what it offers."""
    if settings.crew.mcp_config is None:
        return good("mcp", "no MCP_CONFIG: agents have our own tools only")
    try:
        configuration = read_configuration(settings.crew.mcp_config)
    except ConfigurationError as error:
        return bad("mcp", str(error), "Mend the file, or unset MCP_CONFIG.")
    servers = asyncio.run(inspect(configuration))
    told = "; ".join(f"{server.server}: {server.seen}" for server in servers)
    if not all(server.ok for server in servers):
        return bad(
            "mcp", told, f"Mend what {settings.crew.mcp_config} says of it; README tells how."
        )
    return good("mcp", told or "no server is configured")


CHECKS: tuple[Callable[[Settings], Diagnosis], ...] = (
    _database,
    _migrations,
    check_writes,
    check_worker,
    check_addresses,
    _signature,
    _twilio,
    _sending,
    _anthropic,
    check_prices,
    check_voice,
    _logfire,
    _records,
    _queries,
    check_browser,
    check_mcp,
)
