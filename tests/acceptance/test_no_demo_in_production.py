"""Production never becomes the demo, and does not start on what would be soon guessed or read."""

import os
import socket
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.settings.development import HOME, LOCAL_ENV, STAND_INS, fresh_local_values
from tests.forked_program import run_forked
from tests.integration.test_wrong_configuration import said_at_start
from tests.started_anew import start_anew

GOOD = {
    "ENV": "production",
    "DATABASE_URL": "postgresql://127.0.0.1:1/nowhere",
    "PUBLIC_BASE_URL": "https://crew.example.com",
    "SITES_BASE_URL": "https://*.apps.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "4f1c0d2b6a7e8395",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
    "ANTHROPIC_API_KEY": "sk-ant-real-0123456789",
    "USER_ID_PEPPER": "a-pepper-of-production",
    "CONTACT_KEY": Fernet.generate_key().decode(),
    "OPERATOR_TOKEN": "an-operators-long-token",
}
# What is set otherwise, and the setting that is named when the start is refused.
REFUSED: list[tuple[dict[str, str], str]] = [
    ({"DATABASE_URL": ""}, "DATABASE_URL"),
    ({"USER_ID_PEPPER": ""}, "USER_ID_PEPPER"),
    ({"CONTACT_KEY": ""}, "CONTACT_KEY"),
    ({"OPERATOR_TOKEN": ""}, "OPERATOR_TOKEN"),
    ({"ENV": "staging", "CONTACT_KEY": ""}, "CONTACT_KEY"),
    ({"ENV": "Production"}, "ENV"),
    ({"ENV": "prod"}, "ENV"),
    *(({name: url}, name) for name, url in STAND_INS.items()),
    *(({name: f"{url}/"}, name) for name, url in STAND_INS.items()),
    *(({name: url.replace("127.0.0.1", "localhost")}, name) for name, url in STAND_INS.items()),
    ({"TWILIO_BASE_URL": "http://twilio.example.com"}, "TWILIO_BASE_URL"),
    ({"ANTHROPIC_BASE_URL": "http://10.0.0.9"}, "ANTHROPIC_BASE_URL"),
    ({"PUBLIC_BASE_URL": "http://crew.example.com"}, "PUBLIC_BASE_URL"),
    ({"SITES_BASE_URL": "http://apps.example.com"}, "SITES_BASE_URL"),
    ({"SITES_BASE_URL": "https://crew.example.com"}, "SITES_BASE_URL"),
    ({"SITES_BASE_URL": "https://CREW.example.com"}, "SITES_BASE_URL"),
    ({"SITES_BASE_URL": "https://crew.example.com:443"}, "SITES_BASE_URL"),
    ({"SITES_BASE_URL": "https://crew.example.com."}, "SITES_BASE_URL"),
    ({"OPERATOR_TOKEN": "o" * 40}, "OPERATOR_TOKEN"),
    ({"OPERATOR_TOKEN": "short"}, "OPERATOR_TOKEN"),
    ({"QUERY_TOKEN": "q" * 40}, "QUERY_TOKEN"),
    ({"QUERY_TOKEN": "short"}, "QUERY_TOKEN"),
    ({"USER_ID_PEPPER": "p" * 40}, "USER_ID_PEPPER"),
    ({"TWILIO_AUTH_TOKEN": "t" * 32}, "TWILIO_AUTH_TOKEN"),
    ({"TWILIO_AUTH_TOKEN": "4f1c0d2b6a7e8395,short"}, "TWILIO_AUTH_TOKEN"),
]


def test_what_is_weak_or_missing_is_named_and_nothing_starts(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    started: list[object] = []
    for changes, named in REFUSED:
        ended = run_forked(["bot.cli.main", "worker"], {**kept, **GOOD, **changes}, folder=tmp_path)
        said = ended.stdout + ended.stderr
        shown = [value for value in changes.values() if len(value) > 16 and value in said]
        is_named = said.startswith("textcrew: Configuration: ") and named in said
        if not (ended.returncode and is_named and said.count("\n") == 1) or shown:
            started.append((changes, said))
    assert started == []
    assert list(tmp_path.iterdir()) == [], "nothing was made up"


@pytest.mark.slow  # it starts processes
def test_production_does_not_become_the_demo(tmp_path: Path) -> None:
    real = {
        "ENV": "production",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "4f1c0d2b6a7e8395",
        "ANTHROPIC_API_KEY": "sk-ant-real",
        "OPERATOR_TOKEN": "o" * 40,
        "SITES_BASE_URL": "http://apps.example.com",
    }
    with socket.create_server(("127.0.0.1", 0)) as anybody:
        address = f"http://127.0.0.1:{anybody.getsockname()[1]}"
        (tmp_path / LOCAL_ENV).parent.mkdir()
        (tmp_path / LOCAL_ENV).write_text(
            "".join(
                f"{name}={value}\n"
                for name, value in (
                    fresh_local_values() | dict.fromkeys(STAND_INS, address)
                ).items()
            )
        )

        said_by_each = said_at_start(tmp_path, real, {}, start=start_anew)

        anybody.setblocking(False)
        with pytest.raises(BlockingIOError):
            anybody.accept()
    for name, said in said_by_each.items():
        assert (
            "Configuration: set DATABASE_URL, PUBLIC_BASE_URL, TWILIO_WHATSAPP_FROM, "
            "USER_ID_PEPPER, CONTACT_KEY; SITES_BASE_URL must begin with https:// in production; "
            "OPERATOR_TOKEN must have at least 16 characters in production, 5 different ones"
        ) in said, name
        assert "Traceback" not in said, name
        assert name == "doctor" or said.count("\n") == 1, name
    assert [path.name for path in (tmp_path / HOME).iterdir()] == [LOCAL_ENV.name]
