"""What a user reads of how far a build is, in English; see `bot.messages`."""

from datetime import timedelta

from bot.builds.builds import UnfinishedBuild
from bot.builds.phases import Phase, phase_after
from bot.languages import formats
from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.messages.amounts import dollars

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


def still_on_it(closed: int, total: int) -> str:
    """How far a big one is."""
    if not closed:
        return gettext("This is a big one, and I'm still on it.")
    return ngettext(
        "This is a big one. {number} of {total} parts is done, and I'm still on it.",
        "This is a big one. {number} of {total} parts are done, and I'm still on it.",
        closed,
        total=formats.count(total),
    )


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


def progress(title: str, phase: str, percentage: float, files: int, lines: int) -> str:
    """Something is there that was not a moment ago."""
    so_far = gettext(
        "So far: {files}, {lines}.",
        files=_files(files),
        lines=ngettext("{number} line", "{number} lines", lines),
    )
    return f"{_doing(title, _PHASES[phase], percentage)} {so_far}"


def _files(number: int) -> str:
    return ngettext("{number} file", "{number} files", number)


def heartbeat(
    title: str, phase: str, percentage: float, *, minutes: int, steps: int, files: int
) -> str:
    """A sign of life: what is being done, and how far it is."""
    told = [gettext("Still at it."), _doing(title, _PHASES[phase], percentage)]
    if minutes:
        told.append(gettext("On this part: {minutes}.", minutes=_minutes(minutes)))
    done = ngettext("{number} step", "{number} steps", steps)
    if steps and files:
        told.append(gettext("Done: {steps}, {files}.", steps=done, files=_files(files)))
    elif steps or files:
        told.append(gettext("Done: {what}.", what=done if steps else _files(files)))
    return " ".join(told)
