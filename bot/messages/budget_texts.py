"""What a user reads where a budget is nearly or wholly used up, in English; see `bot.messages`."""

from decimal import Decimal

from bot.languages import formats
from bot.languages.i18n import gettext, gettext_noop
from bot.messages.amounts import dollars, spent_of
from bot.model.budgets import BudgetSpent


def unread_for_budget(scope: str, hours: int) -> str:
    """What cannot even be read: nothing was built, so there is nothing to go on with.

    In so many `hours` the day's budget is another one.
    """
    match scope:
        case "request":
            return gettext("That is more than I can read at once. Could you write it shorter?")
        case "user_day":
            return gettext(
                "I can't spend any more for you today, so I can't answer that now. "
                "Please write again later. Time to wait: {hours}.",
                hours=formats.hours(hours),
            )
        case _:
            return gettext(
                "I can't spend any more today, so I can't answer that now. "
                "Please write again later. Time to wait: {hours}.",
                hours=formats.hours(hours),
            )


def budget_exhausted(scope: str, booked: BudgetSpent, limit: Decimal, hours: int) -> str:
    """A call might go beyond a budget, in USD; in so many `hours` the day's is another one.

    What all users together may spend is no user's business.
    """
    amounts = {"spent": spent_of(booked), "limit": dollars(limit)}
    match scope:
        case "request":
            return gettext(
                "This has cost {spent}, and going on could take it beyond the {limit} that one "
                "request may cost, so I stopped here. What I have so far is kept. You can ask for "
                "a smaller step.",
                **amounts,
            )
        case "user_day":
            return gettext(
                "I have spent {spent} for you today, and going on could take it beyond the {limit} "
                "for a day, so I stopped here. What I have so far is kept: write *try again* "
                "later and I'll go on from there. Time to wait: {hours}.",
                hours=formats.hours(hours),
                **amounts,
            )
        case _:
            return gettext(
                "I can't spend any more today, so I stopped here. What I have so far is kept: "
                "write *try again* later and I'll go on from there. Time to wait: {hours}.",
                hours=formats.hours(hours),
            )


def budget_question(scope: str, booked: BudgetSpent, limit: Decimal, *, is_online: bool) -> str:
    """The next call might use up most of a budget, in USD: whether to go on.

    Nothing unfinished takes the place of an app that `is_online`.
    """
    amounts = {"spent": spent_of(booked), "limit": dollars(limit)}
    if scope == "request" and is_online:
        return gettext(
            "This has cost {spent} so far. It may cost up to {limit}, and going on could use most "
            "of that. Shall I go on? If I come to the limit I stop, and your app stays as it is.",
            **amounts,
        )
    if is_online:
        return gettext(
            "I have spent {spent} for you today. I may spend up to {limit}, and going on could use "
            "most of that. Shall I go on? If I come to the limit I stop, and your app stays as it "
            "is.",
            **amounts,
        )
    if scope == "request":
        return gettext(
            "This has cost {spent} so far. It may cost up to {limit}, and going on could use most "
            "of that. Shall I go on? If I come to the limit I stop, and you get what is there by "
            "then.",
            **amounts,
        )
    return gettext(
        "I have spent {spent} for you today. I may spend up to {limit}, and going on could use "
        "most of that. Shall I go on? If I come to the limit I stop, and you get what is there by "
        "then.",
        **amounts,
    )


def going_on(scope: str, booked: BudgetSpent, limit: Decimal) -> str:
    """The same where the app's next one waits, in USD: nobody is asked, and they may stop it."""
    amounts = {"spent": spent_of(booked), "limit": dollars(limit)}
    if scope == "request":
        return gettext(
            "This has cost {spent} so far, and it may cost up to {limit}. I'm going on, because "
            "you have asked for more after it. To stop me, write *stop*.",
            **amounts,
        )
    return gettext(
        "I have spent {spent} for you today, and I may spend up to {limit}. I'm going on, because "
        "you have asked for more after this. To stop me, write *stop*.",
        **amounts,
    )


STOPPED_BEFORE_NEXT = gettext_noop(
    "I can't spend any more on that, so I stopped it here. What you asked for after it is next. If "
    "something is missing once that is done, tell me again."
)
BUDGET_DECLINED = gettext_noop(
    "OK, I'll leave it there. What I have so far is kept: write *try again* and I'll go on with it."
)
