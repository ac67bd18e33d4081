"""What `textcrew doctor` looks at: is the configuration complete, does all of it answer and run?"""

from bot.cli.doctor.database import (
    check_database,
    check_migrations,
    check_queries,
    check_records,
    check_sending,
    check_worker,
    check_writes,
)
from bot.cli.doctor.diagnosis import Check, Diagnosis, bad, good
from bot.cli.doctor.machine import check_addresses, check_browser, check_mcp
from bot.cli.doctor.prices import check_prices
from bot.cli.doctor.services import (
    check_anthropic,
    check_logfire,
    check_twilio,
    check_voice,
    check_webhook,
)
from bot.errors import TextcrewError
from bot.settings.loading import load_settings

CHECKS: tuple[Check, ...] = (
    check_database,
    check_migrations,
    check_writes,
    check_worker,
    check_addresses,
    check_webhook,
    check_twilio,
    check_sending,
    check_anthropic,
    check_prices,
    check_voice,
    check_logfire,
    check_records,
    check_queries,
    check_browser,
    check_mcp,
)


def examine() -> list[Diagnosis]:
    """Run every check; without a valid configuration there is only that to tell."""
    try:
        settings = load_settings()
    except TextcrewError as error:
        return [bad("configuration", str(error), "Set it in the environment or in .env.")]
    where = "embedded database, local secrets" if settings.is_local else "from the environment"
    return [good("configuration", where), *(check(settings) for check in CHECKS)]
