"""Which alerts there are here, with the thresholds that follow from the settings."""

from bot.settings.groups import BudgetSettings, OperatorSettings
from telemetry.alerts import Alert, all_alerts

NEARLY = 0.9  # the share of a day's budget beyond which operators hear of it


def alerts_of(budgets: BudgetSettings, operators: OperatorSettings) -> tuple[Alert, ...]:
    """All alerts, in the order of their names."""
    return all_alerts(
        thresholds={
            "daily_budget": NEARLY * float(budgets.total_daily_usd),
            "agent_tokens": operators.alert_agent_tokens,
        }
    )
