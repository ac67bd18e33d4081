"""What is made up where nothing is configured: secrets, and the addresses of the demo's stand-ins.

Only in development. They are kept in `.textcrew/local.env`, so that they are made once.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

HOME = Path(".textcrew")
LOCAL_ENV = HOME / "local.env"

FERNET_KEY_BYTES = 32

# Where the stand-ins listen, unless another program does.
STAND_INS = {
    "TWILIO_BASE_URL": "http://127.0.0.1:8002",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:8003",
    "TRANSCRIPTION_BASE_URL": "http://127.0.0.1:8004",
}

# What belongs together: the credentials of a service, and what is made up along with them. One
# credential that somebody has given makes all of it theirs to give.
_SERVICES = (
    (
        ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_WHATSAPP_FROM", "TWILIO_BASE_URL"),
    ),
    (("ANTHROPIC_API_KEY",), ("ANTHROPIC_BASE_URL",)),
    (("TRANSCRIPTION_API_KEY",), ("TRANSCRIPTION_BASE_URL",)),
)


def local_values(given: Mapping[str, str]) -> dict[str, str]:
    """What is made up for the variables that are not in `given`; made now unless it was before.

    A stand-in's address is never among them where a credential of its service is given.
    """
    if not LOCAL_ENV.exists():
        write_local_env(fresh_local_values())
    values = {name: value for name, value in dotenv_values(LOCAL_ENV).items() if value}
    theirs = set(given)
    for credentials, others in _SERVICES:
        if any(given.get(name, values.get(name)) != values.get(name) for name in credentials):
            theirs.update(credentials, others)
    return {name: value for name, value in values.items() if name not in theirs}


def fresh_local_values() -> dict[str, str]:
    """Settings for running on this machine alone, with new secrets and the stand-ins' addresses."""
    return {
        "PUBLIC_BASE_URL": "http://127.0.0.1:8000",
        "SITES_BASE_URL": "http://127.0.0.1:8001",
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
        "ANTHROPIC_API_KEY": "local-stand-in-needs-no-key",
        "USER_ID_PEPPER": secrets.token_urlsafe(32),
        "CONTACT_KEY": base64.urlsafe_b64encode(secrets.token_bytes(FERNET_KEY_BYTES)).decode(),
        "OPERATOR_TOKEN": secrets.token_urlsafe(24),
        **STAND_INS,
    }


def write_local_env(values: Mapping[str, str]) -> None:
    """Write `.textcrew/local.env` in one step, readable by its owner only."""
    HOME.mkdir(mode=0o700, exist_ok=True)
    lines = ["# Made by textcrew for running without a configuration. Delete to start afresh.\n"]
    lines += [f"{name}={value}\n" for name, value in values.items()]
    aside = LOCAL_ENV.with_suffix(f".{os.getpid()}")
    aside.touch(mode=0o600)
    aside.write_text("".join(lines), "utf-8")
    aside.replace(LOCAL_ENV)
