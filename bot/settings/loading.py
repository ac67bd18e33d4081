"""Reads the settings once from the environment, `.env` and the local file.

Two ways to run:

- **configured**: `DATABASE_URL` is set, or `ENV` is not development; every required setting must be
  set as well.
- **local**: in development without `DATABASE_URL`; the embedded PostgreSQL under `.textcrew/`
  serves, and what is missing is made up (`bot.settings.development`).
"""

import os
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from bot.errors import ConfigurationError
from bot.settings.development import local_values
from bot.settings.groups import Settings, settings_from, variable_at, variables
from bot.settings.misspelt import refuse_misspelt

ENV_FILE = Path(".env")


def load_settings() -> Settings:
    """Read and check the settings.

    Raises `ConfigurationError` with one sentence that names every missing or malformed variable
    and never shows a value.
    """
    refuse_misspelt(ENV_FILE, {name for name, _ in variables()})
    given = _given()
    if "DATABASE_URL" not in given and given.get("ENV", "development") == "development":
        given = local_values(given) | given
    try:
        return settings_from(given)
    except ValidationError as error:
        raise ConfigurationError(_one_sentence(error)) from None


def _given() -> dict[str, str]:
    """What the environment and `.env` set, the former first; an empty value sets nothing."""
    around = {name.upper(): value for name, value in os.environ.items() if value}
    in_file = {name.upper(): value for name, value in dotenv_values(ENV_FILE).items() if value}
    return in_file | around


def _one_sentence(error: ValidationError) -> str:
    missing = [variable_at(e["loc"]) for e in error.errors() if e["type"] == "missing"]
    wrong = [
        f"{variable_at(e['loc'])} {e['msg'].removeprefix('Value error, ')}"
        for e in error.errors()
        if e["type"] != "missing"
    ]
    parts = []
    if missing:
        parts.append(f"set {', '.join(missing)}")
    parts += wrong
    return "Configuration: " + "; ".join(parts) + " (.env.example lists every variable)."
