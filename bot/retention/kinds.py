"""The kinds of data that grow with use, and for how long the settings keep each."""

from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType

from bot.settings import Settings

# A kind's statements are `remove_<kind>` and `measure_<kind>` in `removing.sql`; the number is of
# days.
KINDS: MappingProxyType[str, Callable[[Settings], int]] = MappingProxyType(
    {
        "turns": lambda settings: settings.retention_turns_days,
        "tool_results": lambda settings: settings.retention_turns_days,
        "handoffs": lambda settings: settings.retention_handoffs_days,
        "inbound": lambda settings: settings.retention_messages_days,
        "outbound": lambda settings: settings.retention_messages_days,
        "media": lambda settings: settings.retention_media_days,
        "cleared": lambda settings: settings.retention_cleared_days,
        "jobs": lambda settings: settings.retention_jobs_days,
        "budgets": lambda settings: settings.retention_budgets_days,
        "calls": lambda settings: settings.retention_calls_days,
        "drafts": lambda settings: settings.retention_files_days,
        "files": lambda settings: settings.retention_files_days,
    }
)


def kept(settings: Settings, kind: str) -> timedelta:
    """For how long a kind is kept."""
    return timedelta(days=KINDS[kind](settings))
