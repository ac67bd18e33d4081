"""Links to media: for whoever has one, for an hour, and for nothing else."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from cryptography.fernet import Fernet
from werkzeug.test import Client, TestResponse

from bot.delivery.media import LINK_SECONDS, link
from bot.requests.identity import encrypt_address
from bot.settings.groups import Settings
from bot.wsgi import create_app
from tests.users import insert_user


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    yield Client(app)
    app.close()


@pytest.fixture
def media_id(database_url: str) -> UUID:
    with psycopg.connect(database_url) as connection:
        insert_user(connection, "u")
        row = connection.execute(
            "INSERT INTO media (user_id, file_name, content_type, content)"
            " VALUES ('u', 'shop.png', 'image/png', 'pixels') RETURNING media_id"
        ).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def get(client: Client, url: str) -> TestResponse:
    base, path = url.split("/media/")
    return client.get(f"/media/{path}", base_url=base)


def test_a_link_leads_to_the_file(client: Client, settings: Settings, media_id: UUID) -> None:
    answer = get(client, link(settings.web, settings.identity, media_id, now=datetime.now(UTC)))

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", b"pixels")
    assert answer.headers["Content-Disposition"] == "inline; filename=shop.png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_link_expires_and_cannot_be_made_up(
    client: Client, settings: Settings, media_id: UUID
) -> None:
    cipher = Fernet(settings.identity.contact_key.get_secret_value())
    past = int(time.time()) - LINK_SECONDS - 1
    tokens = [
        cipher.encrypt_at_time(f"media:{media_id}".encode(), past).decode(),
        encrypt_address(settings.identity, "whatsapp:+15551234567").decode(),
        Fernet(Fernet.generate_key()).encrypt(f"media:{media_id}".encode()).decode(),
        str(media_id),
        "x",
    ]
    for token in tokens:
        assert get(client, f"{settings.web.public_base_url}/media/{token}").status_code == 404


def test_published_apps_origin_serves_no_media(
    client: Client, settings: Settings, media_id: UUID
) -> None:
    elsewhere = link(settings.web, settings.identity, media_id, now=datetime.now(UTC)).replace(
        settings.web.public_base_url, settings.web.sites_base_url
    )

    assert get(client, elsewhere).status_code == 404
