"""The web process as it is run: gunicorn with its configuration, on sockets of the test's own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests

from bot.settings.groups import Settings
from tests.process_logs import Logs, watched
from tests.settings import changed

ROOT = Path(__file__).parents[2]
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:bot.gunicorn_conf"]
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
    settings: Settings, folder: Path, *, workers: int
) -> Iterator[tuple[Settings, subprocess.Popen[str]]]:
    """Run gunicorn on two sockets that the system chose."""
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        product, sites = (f"http://127.0.0.1:{s.getsockname()[1]}" for s in sockets)
        settings = changed(settings, PUBLIC_BASE_URL=product, SITES_BASE_URL=sites)
        descriptors = [s.fileno() for s in sockets]
        log = opened.enter_context((folder / "web.log").open("w"))
        process = subprocess.Popen(
            [*GUNICORN, "--workers", str(workers), "--graceful-timeout", "120"]
            + [part for number in descriptors for part in ("--bind", f"fd://{number}")]
            + [APPLICATION],
            pass_fds=descriptors,
            cwd=folder,
            env=environment(settings),
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = Logs(folder)
        watched.append(said)
        try:
            # The sockets listen already: the answer waits until a worker takes it.
            assert requests.get(f"{product}/ready", timeout=60).status_code == 200
            yield settings, process
        finally:
            process.kill()
            process.wait()
            said.is_complete = True
