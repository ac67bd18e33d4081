"""Checks of what answers over the network: our own web process, and the services."""

import asyncio

import anthropic
import httpx2
import requests
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator

from bot.cli.doctor.diagnosis import START_DEMO, TIMEOUT, Diagnosis, bad, good
from bot.cli.doctor.prices import models_by_role
from bot.cli.logfire_address import logfire_address
from bot.errors import TranscriptionMisconfigured, VoiceRefused, VoiceUnavailable
from bot.model.client import limits_of
from bot.model.effort import can_follow
from bot.settings.groups import Settings
from bot.speech.silence import hear_silence
from bot.twilio.client import connect


def check_webhook(settings: Settings) -> Diagnosis:
    """Send a signed request without a message: 400 says that the signature was accepted."""
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
            START_DEMO
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


def check_twilio(settings: Settings) -> Diagnosis:
    """See whether Twilio accepts our credentials."""
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
            START_DEMO
            if settings.is_local
            else "Check the network, and TWILIO_BASE_URL if it is set.",
        )
    return good("twilio", f"account {settings.twilio.account_sid[:6]}… answers")


def check_anthropic(settings: Settings) -> Diagnosis:
    """See whether the models are there, and take what roles ask of them."""
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
            START_DEMO
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
            START_DEMO if settings.is_local else "Check the network, and TRANSCRIPTION_BASE_URL.",
        )
    return good("voice", f"{settings.transcription.model} hears voice notes")


def check_logfire(settings: Settings) -> Diagnosis:
    """See whether Logfire accepts the token, if there is one."""
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
