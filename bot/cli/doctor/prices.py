"""Whether the budgets have room for a usual app, at what the models cost or are reckoned at."""

from decimal import ROUND_CEILING, Decimal

from bot.cli.doctor.diagnosis import Diagnosis, bad, good
from bot.crew.agent_specs import CREW, FRONTEND
from bot.model.reckoning import cost_of, is_price_known
from bot.settings.groups import ModelSettings, Settings
from handoffs.tokens import Usage

# A new app takes about so many calls, of which each uses about this.
USUAL_CALLS = 10
USUAL_CALL = Usage(cache_creation_tokens=8_000, cache_read_tokens=15_000, output_tokens=5_000)
LONG_PROMPT_TOKENS = 20_000


def models_by_role(model: ModelSettings) -> dict[str, str]:
    """Which model each role asks."""
    roles = {"router": True, "companion": True, **{s.agent_type: s.small_model for s in CREW}}
    return {role: model.name_of(role, small=small) for role, small in roles.items()}


def check_prices(settings: Settings) -> Diagnosis:
    """Look whether prices are known, and whether an app fits the budgets where they are not."""
    models = sorted(set(models_by_role(settings.model).values()))
    unknown = [model for model in models if not is_price_known(model)]
    seen = "known for all models"
    if unknown:
        seen = f"unknown for {' and '.join(unknown)}, which the budgets reckon as dear"
    budgets = settings.budgets
    allowed = min(budgets.request_usd, budgets.user_daily_usd, budgets.total_daily_usd)
    needed = _usual_cost(settings.model)
    if needed <= allowed:
        return good("prices", seen)
    least = needed.quantize(Decimal(1), rounding=ROUND_CEILING)
    return bad(
        "prices",
        f"{seen}; a usual app may take ${needed:.2f}, and the budgets stop it at ${allowed:.2f}",
        f"Let REQUEST_BUDGET_USD be at least {least}, and USER_DAILY_BUDGET_USD and "
        "TOTAL_DAILY_BUDGET_USD no less, or name a model that costs less or whose price is known.",
    )


def _usual_cost(model: ModelSettings) -> Decimal:
    """What an app may take in USD: before a call there must be room for all that it may cost."""
    models = models_by_role(model)
    dearest = max(
        cost_of(
            models[spec.agent_type],
            Usage(
                cache_creation_tokens=LONG_PROMPT_TOKENS,
                output_tokens=model.output_by_role.get(spec.agent_type, spec.max_output),
            ),
        )
        for spec in CREW
    )
    return USUAL_CALLS * cost_of(models[FRONTEND.agent_type], USUAL_CALL) + dearest
