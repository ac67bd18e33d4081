"""The web process as it is run: gunicorn with its configuration, on loopback."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bot.settings.groups import Settings
from tests.acceptance.stack import answers, eventually, free_address
from tests.forked_program import ForkedProgram
from tests.process_logs import Logs, watched
from tests.settings import changed
from tests.started_anew import Start

ROOT = Path(__file__).parents[2]
GUNICORN = ["gunicorn", "-c", "python:bot.gunicorn_conf"]
APPLICATION = "bot.wsgi:create_app()"


def environment(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LOGFIRE", "PORT"))}
    return inherited | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]]),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "PUBLIC_BASE_URL": settings.web.public_base_url,
        "SITES_BASE_URL": settings.web.sites_base_url,
        "TWILIO_ACCOUNT_SID": settings.twilio.account_sid,
        "TWILIO_AUTH_TOKEN": "test-auth-token",
        "TWILIO_WHATSAPP_FROM": settings.twilio.whatsapp_from,
        "ANTHROPIC_API_KEY": "test-key",
        "USER_ID_PEPPER": settings.identity.user_id_pepper.get_secret_value(),
        "CONTACT_KEY": settings.identity.contact_key.get_secret_value(),
        "OPERATOR_TOKEN": settings.operators.operator_token.get_secret_value(),
    }


@contextmanager
def serving(
    settings: Settings, folder: Path, *, workers: int, start: Start = ForkedProgram
) -> "Iterator[tuple[Settings, ForkedProgram | subprocess.Popen[bytes]]]":
    """Run gunicorn on two free addresses."""
    product, sites = free_address(), free_address()
    settings = changed(settings, PUBLIC_BASE_URL=product, SITES_BASE_URL=sites)
    process = start(
        [*GUNICORN, "--workers", str(workers), "--graceful-timeout", "120"]
        + [part for url in (product, sites) for part in ("--bind", urlsplit(url).netloc)]
        + [APPLICATION],
        environment(settings),
        folder / "web.log",
        folder=folder,
    )
    said = Logs(folder)
    watched.append(said)
    try:
        eventually(lambda: answers(f"{product}/ready"), "the web process is ready")
        yield settings, process
    finally:
        process.kill()
        process.wait()
        said.is_complete = True
