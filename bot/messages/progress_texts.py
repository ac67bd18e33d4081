"""What a user reads of how far a build is, in English; see `bot.messages`."""

from datetime import timedelta
from decimal import Decimal

from bot.builds.builds import UnfinishedBuild
from bot.builds.phases import Phase
from bot.languages.i18n import gettext, gettext_noop, ngettext

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
    "orchestrator": gettext_noop("planner"),
    "designer": gettext_noop("designer"),
    "backend": gettext_noop("data engineer"),
    "frontend": gettext_noop("engineer"),
    "qa": gettext_noop("tester"),
    "code_reviewer": gettext_noop("reviewer"),
    "devops": gettext_noop("publisher"),
}
_ANY_COLLEAGUE = gettext_noop("colleague")


def memory_fills_up(agent_type: str, percentage: float) -> str:
    """An agent's context has reached the warning threshold."""
    return gettext(
        "This is a big one: the {who} has used {percentage:.0f} % of what it can keep in mind "
        "at once. It finishes the piece it is at; if there is more to do then, a fresh colleague "
        "takes over. You need not do anything.",
        who=_colleague(agent_type),
        percentage=percentage,
    )


def handed_over(agent_type: str, closed: int, total: int) -> str:
    """An agent has handed over to a fresh one."""
    sentences = [
        gettext(
            "A fresh {who} has taken over, with your words, all decisions and all files so far.",
            who=_colleague(agent_type),
        )
    ]
    if closed:
        sentences.append(
            gettext("{closed} of {total} pieces are done.", closed=closed, total=total),
        )
    sentences.append(gettext("Nothing is lost, and the work goes on."))
    return " ".join(sentences)


def _colleague(agent_type: str) -> str:
    return gettext(_COLLEAGUES.get(agent_type, _ANY_COLLEAGUE))


def status(build: UnfinishedBuild, percentage: float, elapsed: timedelta) -> str:
    """How far a build is, who is at it, and what it has taken so far."""
    doing = _WAITING if build.status == "queued" else _PHASES[build.phase]
    if build.awaits_answer:
        doing = _WAITING_FOR_YOU
    told = gettext(
        "*{title}*: {doing} ({percentage:.0f} %). {minutes} so far, {cost}.",
        title=build.title,
        doing=gettext(doing),
        percentage=percentage,
        minutes=ngettext("{number} minute", "{number} minutes", elapsed // timedelta(minutes=1)),
        cost=dollars(build.known_cost_usd, build.unpriced_calls),
    )
    if build.agent_type is None:
        return told
    return gettext("{status} The {who} is at it.", status=told, who=_colleague(build.agent_type))


def dollars(known: Decimal, unpriced_calls: int) -> str:
    """An amount in USD, to the cent; `unpriced_calls` have cost something beside it."""
    told = f"${known:.2f}" if not 0 < known < Decimal("0.01") else gettext("less than $0.01")
    if unpriced_calls:
        return gettext("{amount}, and more whose price I don't know", amount=told)
    return told


def progress(title: str, phase: str, percentage: float, files: int, lines: int) -> str:
    """Something is there that was not a moment ago."""
    return gettext(
        "*{title}*: {doing} ({percentage:.0f} %). {files} so far, {lines}.",
        title=title,
        doing=gettext(_PHASES[phase]),
        percentage=percentage,
        files=ngettext("{number} file", "{number} files", files),
        lines=ngettext("{number} line", "{number} lines", lines),
    )


def heartbeat(
    title: str, phase: str, percentage: float, *, minutes: int, steps: int, files: int
) -> str:
    """A sign of life: what is being done, and how far it is."""
    counted = [
        ngettext("{number} step", "{number} steps", steps) if steps else "",
        ngettext("{number} file", "{number} files", files) if files else "",
    ]
    done = gettext("{steps} and {files}", steps=counted[0], files=counted[1])
    told = {
        "doing": gettext(_PHASES[phase]),
        "title": title,
        "percentage": percentage,
        "minutes": ngettext("{number} minute", "{number} minutes", minutes),
    }
    if not any(counted):
        return gettext(
            "Still at it: {doing} for *{title}* ({percentage:.0f} %), {minutes} into this part.",
            **told,
        )
    return gettext(
        "Still at it: {doing} for *{title}* ({percentage:.0f} %), {minutes} into this part: "
        "{done} so far.",
        done=done if all(counted) else "".join(counted),
        **told,
    )
