"""`textcrew reconcile`: take in the messages that came while we were away."""

from datetime import timedelta

import click

from bot.cli.printing import say
from bot.settings.loading import load_settings

LONGEST_HOURS = 24 * 365


@click.command()
@click.option(
    "--hours",
    type=click.IntRange(min=1, max=LONGEST_HOURS),
    help="How far to look back; without it, to where the last comparison ended.",
)
@click.option(
    "--restored",
    is_flag=True,
    help="After a restore, before workers start: look for pending messages at Twilio first.",
)
def reconcile(hours: int | None, restored: bool) -> None:
    """Take in the messages that Twilio has and the webhook missed."""
    from bot.cli.database import connected
    from bot.database.connection import database_url
    from bot.delivery.restored import doubt_pending
    from bot.intake.reconcile import catch_up
    from bot.telemetry_setup import observe
    from bot.twilio.client import TwilioGateway
    from bot.web.sessions import end_all

    settings = load_settings()
    observe(settings, role="cli")  # the traces of what is taken in begin in this process
    if restored:
        with connected() as connection:
            end_all(connection)
        doubted = doubt_pending(database_url(settings))
        say(f"{doubted} pending messages are looked for at Twilio first.")
    twilio = TwilioGateway(settings.twilio, settings.web)
    look_back = timedelta(hours=hours) if hours else None
    try:
        taken = catch_up(settings, twilio, look_back=look_back, grace=timedelta(0))
    finally:
        twilio.close()
    say(f"{taken} taken in." if taken else "Nothing is missing.")
