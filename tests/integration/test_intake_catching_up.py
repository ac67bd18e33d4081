"""Up to when Twilio's list is compared with ours: what was not looked at is looked at later."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import psycopg
import pytest

from bot.intake.reconcile import catch_up
from bot.settings.groups import Settings, settings_from
from bot.twilio.client import ListedMessage, TwilioGateway


@pytest.fixture
def settings(database_url: str, settings_environment: Mapping[str, str]) -> Settings:
    return settings_from({**settings_environment, "DATABASE_URL": database_url})


def listing(*ages: timedelta) -> TwilioGateway:
    """Twilio with messages that were written so long ago."""
    now = datetime.now(UTC)
    listed = [
        ListedMessage(
            sid=f"SM{number:032x}",
            sender="whatsapp:+15550001234",
            body="a poll please",
            media_count=0,
            created_at=now - age,
        )
        for number, age in enumerate(ages)
    ]

    def list_inbound(since: datetime, sender: str | None = None) -> list[ListedMessage]:
        return [one for one in listed if one.created_at >= since]

    return cast("TwilioGateway", SimpleNamespace(list_inbound=list_inbound))


def checked(database_url: str, ahead: timedelta) -> None:
    """Let the last comparison be noted as of then."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO reconciliation VALUES (true, now() + %s)", [ahead])


def test_a_short_look_back_after_a_long_outage_loses_nothing(
    settings: Settings, database_url: str
) -> None:
    twilio = listing(timedelta(hours=6), timedelta(hours=1))
    checked(database_url, -timedelta(hours=10))

    assert catch_up(settings, twilio, look_back=timedelta(hours=2)) == 1
    assert catch_up(settings, twilio) == 1, "what was written six hours ago"


def test_a_clock_that_was_ahead_and_is_set_back_keeps_no_message_out(
    settings: Settings, database_url: str
) -> None:
    checked(database_url, timedelta(days=3))

    assert catch_up(settings, listing(timedelta(minutes=30))) == 1
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT checked_until > now() FROM reconciliation").fetchall()
    assert rows == [(False,)]
