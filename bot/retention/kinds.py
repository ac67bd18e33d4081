"""The kinds of data that grow with use, and for how long the settings keep each."""

from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType

from bot.settings.groups import RetentionSettings

# A kind's statements are `remove_<kind>` and `measure_<kind>` in `removing.sql`; the number is of
# days.
KINDS: MappingProxyType[str, Callable[[RetentionSettings], int]] = MappingProxyType(
    {
        "turns": lambda kept: kept.turns_days,
        "views": lambda kept: kept.turns_days,
        "tool_results": lambda kept: kept.turns_days,
        "prompts": lambda kept: kept.turns_days,
        "handoffs": lambda kept: kept.handoffs_days,
        "inbound": lambda kept: kept.messages_days,
        "outbound": lambda kept: kept.messages_days,
        "media": lambda kept: kept.media_days,
        "uploads": lambda kept: kept.media_days,
        "cleared": lambda kept: kept.cleared_days,
        "shares": lambda _: 1,
        "jobs": lambda kept: kept.jobs_days,
        "budgets": lambda kept: kept.budgets_days,
        "calls": lambda kept: kept.calls_days,
        "drafts": lambda kept: kept.files_days,
        "files": lambda kept: kept.files_days,
        "audit": lambda kept: kept.audit_days,
    }
)


def kept(retention: RetentionSettings, kind: str) -> timedelta:
    """For how long a kind is kept."""
    return timedelta(days=KINDS[kind](retention))
