"""Amounts of money as a sentence tells them; see `bot.messages`."""

from decimal import Decimal

from bot.languages import formats
from bot.languages.i18n import gettext
from bot.model.budgets import BudgetSpent

CENT = Decimal("0.01")


def spent_of(booked: BudgetSpent) -> str:
    """What is booked of a budget; calls of unknown price are reckoned on the high side in it."""
    if not booked.is_estimate:
        return dollars(booked.spent)
    amount = formats.money(max(booked.spent, CENT))
    return gettext("at most an estimated {amount}", amount=amount)


def dollars(known: Decimal, unpriced_calls: int = 0) -> str:
    """An amount in USD, to the cent; `unpriced_calls` have cost something beside it."""
    is_told = known >= CENT
    if unpriced_calls:
        return (
            gettext("at least {amount}", amount=formats.money(known))
            if is_told
            else gettext("cost unknown")
        )
    if known and not is_told:
        return gettext("less than {amount}", amount=formats.money(CENT))
    return formats.money(known)
