"""What a user reads of how far a build is, in English; see `bot.messages`."""

from collections.abc import Sequence
from datetime import timedelta

from bot.builds.builds import UnfinishedBuild
from bot.builds.goals import Goals
from bot.builds.phases import Phase, phase_after
from bot.languages import formats
from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.markup.shortening import one_line, shorten
from bot.messages.amounts import dollars
from bot.messages.paragraphs import bullets

_PHASES: dict[str, str] = {
    Phase.PLANNING: gettext_noop("planning it"),
    Phase.DESIGN: gettext_noop("designing it"),
    Phase.IMPLEMENTATION: gettext_noop("writing the code"),
    Phase.REVIEW: gettext_noop("checking it"),
    Phase.DEPLOYMENT: gettext_noop("publishing it"),
}
_WAITING = gettext_noop("waiting its turn")
_WAITING_FOR_YOU = gettext_noop("waiting for your answer")

_COLLEAGUES = {
    "orchestrator": gettext_noop("planning"),
    "designer": gettext_noop("design"),
    "backend": gettext_noop("data"),
    "frontend": gettext_noop("coding"),
    "qa": gettext_noop("testing"),
    "code_reviewer": gettext_noop("code review"),
    "devops": gettext_noop("publishing"),
}
_ANY_COLLEAGUE = gettext_noop("team")

# What comes next is named, not told as if it were being done.
_FOLLOWING: dict[str, str] = {
    Phase.PLANNING: _COLLEAGUES["orchestrator"],
    Phase.DESIGN: _COLLEAGUES["designer"],
    Phase.IMPLEMENTATION: _COLLEAGUES["frontend"],
    Phase.REVIEW: _COLLEAGUES["qa"],
    Phase.DEPLOYMENT: _COLLEAGUES["devops"],
}

BIG_ONE = gettext_noop("This is a big one, so it takes a little longer. I'm on it.")


GOALS_SHOWN = 3
GOAL_LENGTH = 120  # characters; most are one sentence of less

_MORE = gettext_noop("More of it is written now.")


def still_on_it(goals: Goals) -> str:
    """How far a big one is."""
    still = gettext("This is a big one, and I'm still on it.")
    return "\n".join([still, *_goals(goals)])


def status(build: UnfinishedBuild, percentage: float, elapsed: timedelta) -> str:
    """How far a build is, who is at it, what is next, and what it has taken so far."""
    doing, following = _PHASES[build.phase], phase_after(build.phase, build.workflow)
    if build.status == "queued":
        doing, following = _WAITING, Phase(build.phase)
    if build.awaits_answer:
        doing, following = _WAITING_FOR_YOU, None
    told = [_doing(build.title, doing, percentage)]
    if build.agent_type is not None:
        who = gettext(_COLLEAGUES.get(build.agent_type, _ANY_COLLEAGUE))
        told.append(gettext("Now: {who}.", who=who))
    if following in _FOLLOWING:
        told.append(gettext("Next: {doing}.", doing=gettext(_FOLLOWING[following])))
    told.append(_taken(build, elapsed // timedelta(minutes=1)))
    return " ".join(filter(None, told))


def _doing(title: str, doing: str, percentage: float) -> str:
    return gettext(
        "*{title}*: {doing} ({percentage}).",
        title=title,
        doing=gettext(doing),
        percentage=formats.percentage(percentage / 100),
    )


def _taken(build: UnfinishedBuild, minutes: int) -> str:
    """Nothing where it has hardly begun."""
    cost = dollars(build.known_cost_usd, build.unpriced_calls)
    is_free = not build.known_cost_usd and not build.unpriced_calls
    if minutes < 1:
        return "" if is_free else gettext("Cost so far: {cost}.", cost=cost)
    return gettext("{minutes} so far, {cost}.", minutes=_minutes(minutes), cost=cost)


def _minutes(number: int) -> str:
    return ngettext("{number} minute", "{number} minutes", number)


def progress(
    title: str, phase: str, percentage: float, *, has_more: bool, goals: Goals | None
) -> str:
    """Something is there that was not a moment ago; `goals` where they were not told so far."""
    doing = _doing(title, _PHASES[phase], percentage)
    if goals is not None:
        return "\n".join([doing, *_goals(goals)])
    return f"{doing} {gettext(_MORE)}" if has_more else doing


def heartbeat(
    title: str, phase: str, percentage: float, *, minutes: int, goals: Goals | None
) -> str:
    """A sign of life: what is being done; `goals` where they were not told so far."""
    told = [gettext("Still at it."), _doing(title, _PHASES[phase], percentage)]
    if minutes:
        told.append(gettext("On this part: {minutes}.", minutes=_minutes(minutes)))
    return "\n".join([" ".join(told), *(_goals(goals) if goals is not None else ())])


def _goals(goals: Goals) -> list[str]:
    """What the app will do or, once it was tried, what works and what does not."""
    if not goals.is_tried:
        to_come = gettext("It will do this:\n{goals}", goals=_listed(goals.criteria))
        return [to_come] if goals.criteria else []
    works, fails = goals.met, goals.unmet
    return [
        *([gettext("This works already:\n{goals}", goals=_listed(works))] if works else []),
        *([gettext("This doesn't work yet:\n{goals}", goals=_listed(fails))] if fails else []),
    ]


def _listed(goals: Sequence[str]) -> str:
    return bullets(shorten(one_line(goal), GOAL_LENGTH) for goal in goals[:GOALS_SHOWN])
