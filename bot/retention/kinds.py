"""The kinds of data that grow with use, and for how long the settings keep each."""

from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType

from bot.settings.groups import RetentionSettings

# A kind's statements are `remove_<kind>` in `removing.sql` and `measure_<kind>` in `measuring.sql`;
# the number is of days.
KINDS: MappingProxyType[str, Callable[[RetentionSettings], int]] = MappingProxyType(
    {
        "turns": lambda days: days.turns_days,
        "views": lambda days: days.turns_days,
        "tool_results": lambda days: days.turns_days,
        "prompts": lambda days: days.turns_days,
        "handoffs": lambda days: days.handoffs_days,
        "inbound": lambda days: days.messages_days,
        "outbound": lambda days: days.messages_days,
        "media": lambda days: days.media_days,
        "uploads": lambda days: days.media_days,
        "cleared": lambda days: days.cleared_days,
        "shares": lambda _: 1,
        "jobs": lambda days: days.jobs_days,
        "budgets": lambda days: days.budgets_days,
        "calls": lambda days: days.calls_days,
        "drafts": lambda days: days.files_days,
        "files": lambda days: days.files_days,
        "audit": lambda days: days.audit_days,
    }
)


def retention_of(retention: RetentionSettings, kind: str) -> timedelta:
    """For how long a kind is kept."""
    return timedelta(days=KINDS[kind](retention))
