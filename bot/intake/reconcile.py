"""After an outage of ours: takes in the messages that Twilio has and we have not, once.

Twilio's list knows less than its webhook did. There is no ExternalUserId, so a user is found by the
keyed hash of their address: it is who had it when the message was sent. What is nothing but emoji
may have been a reaction on any message, so it answers nothing. A MessageSid is unique, so nothing
is taken in twice, in whichever order they come.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

import psycopg
from psycopg import Connection
from psycopg.rows import scalar_row
from werkzeug.datastructures import MultiDict

from bot.database.clock import database_time_blocking
from bot.database.connection import database_url
from bot.intake.accept import accept
from bot.intake.incoming import TEXT
from bot.intake.other_kinds import REACTION
from bot.languages.normalize import is_emoji
from bot.settings.groups import IdentitySettings, Settings, TwilioSettings
from bot.twilio.client import ListedMessage, TwilioGateway
from bot.twilio.media_fields import UNTOLD_MEDIA
from telemetry.named_sql import statements

SQL = statements("bot.intake", "reconcile.sql")

FIRST_LOOK = timedelta(hours=24)
LONGEST_LOOK = timedelta(days=365)  # Twilio keeps messages for a little longer
OVERLAP = timedelta(hours=1)  # looked at again: a message may be listed late
GRACE = timedelta(minutes=2)  # what is younger, the webhook may be bringing this moment

log = logging.getLogger(__name__)


def catch_up(
    settings: Settings,
    twilio: TwilioGateway,
    *,
    look_back: timedelta | None = None,
    grace: timedelta = GRACE,
) -> int:
    """Compare the lists of the time to `look_back` on, else from where the last comparison ended.

    Never farther than `LONGEST_LOOK`. Messages younger than `grace` are left to the webhook.

    Returns how many messages were missing. Raises `TwilioUnavailable`. Blocks: it is for a thread.
    """
    with psycopg.connect(database_url(settings), autocommit=True) as connection:
        now = database_time_blocking(connection)
        checked = _find_checked(connection) or now - FIRST_LOOK
        start = now - look_back if look_back else checked - OVERLAP
        listed = twilio.list_inbound(max(start, now - LONGEST_LOOK))
        taken = take_in_missing(
            connection, settings.twilio, settings.identity, listed, before=now - grace
        )
        if start <= checked:  # else what lies between is still to be compared
            connection.execute(SQL["note_checked"], {"until": now - grace})
    return taken


def fetch_from(settings: Settings, twilio: TwilioGateway, address: str, *, since: datetime) -> bool:
    """Take in what one user wrote since then and the webhook ought to have brought by now.

    Returns whether there is something that it may still bring. Raises `TwilioUnavailable`. Blocks:
    it is for a thread.
    """
    with psycopg.connect(database_url(settings), autocommit=True) as connection:
        before = database_time_blocking(connection) - GRACE
        listed = twilio.list_inbound(since, sender=address)
        take_in_missing(connection, settings.twilio, settings.identity, listed, before=before)
        young = [message.sid for message in listed if message.created_at > before]
        known = connection.execute(SQL["find_known"], {"message_sids": young}).rowcount
        return known < len(young)


def _find_checked(connection: Connection) -> datetime | None:
    with connection.cursor(row_factory=scalar_row) as cursor:
        checked: datetime | None = cursor.execute(SQL["find_checked"]).fetchone()
        return checked


def take_in_missing(
    connection: Connection,
    account: TwilioSettings,
    keys: IdentitySettings,
    listed: Iterable[ListedMessage],
    *,
    before: datetime,
) -> int:
    """Take in what is not here yet, in the order of the list; returns how many messages.

    What users sent before they were forgotten is asked about each time, and does not come back.
    """
    due = [message for message in listed if message.created_at <= before]
    asked = {"message_sids": [message.sid for message in due]}
    known: dict[str, datetime] = dict(connection.execute(SQL["find_known"], asked).fetchall())
    last: dict[str, datetime] = {}
    taken = 0
    for place, message in enumerate(due):
        if message.sid in known:
            last[message.sender] = known[message.sid]
            continue
        form = _form(account, message)
        # Twilio's times are whole seconds; the list knows the order within one, also behind what
        # the webhook has brought.
        sent_at = message.created_at + timedelta(microseconds=place)
        if message.sender in last:
            sent_at = max(sent_at, last[message.sender] + timedelta(microseconds=1))
        last[message.sender] = sent_at
        taken += accept(connection, keys, form, sent_at=sent_at) is not None
    if taken:
        log.warning("%s messages were missing and are taken in now", taken)
    return taken


def _form(account: TwilioSettings, message: ListedMessage) -> MultiDict[str, str]:
    """The webhook's form, as far as the list tells it."""
    return MultiDict(
        {
            "MessageSid": message.sid,
            "AccountSid": account.account_sid,
            "From": message.sender,
            "To": account.whatsapp_from,
            "Body": message.body,
            "NumMedia": str(message.media_count),
            "MessageType": _type_of(message),
        }
    )


def _type_of(message: ListedMessage) -> str:
    if message.media_count:
        return UNTOLD_MEDIA
    return REACTION if is_emoji(message.body) else TEXT
