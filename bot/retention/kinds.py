"""The kinds of data that grow with use, and the setting that says for how long each is kept."""

from datetime import timedelta
from types import MappingProxyType

from bot.settings import Settings

# A kind's statements are `remove_<kind>` and `measure_<kind>` in `removing.sql`.
KINDS = MappingProxyType(
    {
        "turns": "retention_turns_days",
        "tool_results": "retention_turns_days",
        "handoffs": "retention_handoffs_days",
        "inbound": "retention_messages_days",
        "outbound": "retention_messages_days",
        "media": "retention_media_days",
        "jobs": "retention_jobs_days",
        "budgets": "retention_budgets_days",
    }
)


def kept(settings: Settings, kind: str) -> timedelta:
    """For how long a kind is kept."""
    return timedelta(days=getattr(settings, KINDS[kind]))
