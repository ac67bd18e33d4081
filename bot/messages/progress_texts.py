"""What a user reads of how far a build is, in English; see `bot.messages`."""

from datetime import timedelta
from decimal import Decimal

from bot.builds.builds import UnfinishedBuild
from bot.languages.i18n import fixed, say, say_count

_PHASES = {
    "planning": fixed("planning it"),
    "design": fixed("designing it"),
    "implementation": fixed("writing the code"),
    "review": fixed("checking it"),
    "deployment": fixed("publishing it"),
}
_WAITING = fixed("waiting its turn")
_WAITING_FOR_YOU = fixed("waiting for your answer")

_COLLEAGUES = {
    "orchestrator": fixed("planner"),
    "designer": fixed("designer"),
    "backend": fixed("data engineer"),
    "frontend": fixed("engineer"),
    "qa": fixed("tester"),
    "code_reviewer": fixed("reviewer"),
    "devops": fixed("publisher"),
}
_ANY_COLLEAGUE = fixed("colleague")


def memory_fills_up(agent_type: str, percentage: float) -> str:
    """An agent's context has reached the warning threshold."""
    return say(
        "This is a big one: the {who} has used {percentage:.0f} % of what it can keep in mind "
        "at once. It finishes the piece it is at; if there is more to do then, a fresh colleague "
        "takes over. You need not do anything.",
        who=_colleague(agent_type),
        percentage=percentage,
    )


def handed_over(agent_type: str, closed: int, total: int) -> str:
    """An agent has handed over to a fresh one."""
    sentences = [
        say(
            "A fresh {who} has taken over, with your words, all decisions and all files so far.",
            who=_colleague(agent_type),
        )
    ]
    if closed:
        sentences.append(
            say("{closed} of {total} pieces are done.", closed=closed, total=total),
        )
    sentences.append(say("Nothing is lost, and the work goes on."))
    return " ".join(sentences)


def _colleague(agent_type: str) -> str:
    return say(_COLLEAGUES.get(agent_type, _ANY_COLLEAGUE))


def status(build: UnfinishedBuild, percentage: float, elapsed: timedelta) -> str:
    """How far a build is, who is at it, and what it has taken so far."""
    doing = _WAITING if build.status == "queued" else _PHASES[build.phase]
    if build.awaits_answer:
        doing = _WAITING_FOR_YOU
    told = say(
        "*{title}*: {doing} ({percentage:.0f} %). {minutes} so far, {cost}.",
        title=build.title,
        doing=say(doing),
        percentage=percentage,
        minutes=say_count("{number} minute", "{number} minutes", elapsed // timedelta(minutes=1)),
        cost=dollars(build.known_cost_usd, build.unpriced_calls),
    )
    if build.agent_type is None:
        return told
    return say("{status} The {who} is at it.", status=told, who=_colleague(build.agent_type))


def dollars(known: Decimal, unpriced_calls: int) -> str:
    """An amount in USD, to the cent; `unpriced_calls` have cost something beside it."""
    told = f"${known:.2f}" if not 0 < known < Decimal("0.01") else say("less than $0.01")
    if unpriced_calls:
        return say("{amount}, and more whose price I don't know", amount=told)
    return told


def progress(title: str, phase: str, percentage: float, files: int, lines: int) -> str:
    """Something is there that was not a moment ago."""
    return say(
        "*{title}*: {doing} ({percentage:.0f} %). {files} so far, {lines}.",
        title=title,
        doing=say(_PHASES[phase]),
        percentage=percentage,
        files=say_count("{number} file", "{number} files", files),
        lines=say_count("{number} line", "{number} lines", lines),
    )


def heartbeat(
    title: str, phase: str, percentage: float, *, minutes: int, steps: int, files: int
) -> str:
    """A sign of life: what is being done, and how far it is."""
    counted = [
        say_count("{number} step", "{number} steps", steps) if steps else "",
        say_count("{number} file", "{number} files", files) if files else "",
    ]
    done = say("{steps} and {files}", steps=counted[0], files=counted[1])
    told = {
        "doing": say(_PHASES[phase]),
        "title": title,
        "percentage": percentage,
        "minutes": say_count("{number} minute", "{number} minutes", minutes),
    }
    if not any(counted):
        return say(
            "Still at it: {doing} for *{title}* ({percentage:.0f} %), {minutes} into this part.",
            **told,
        )
    return say(
        "Still at it: {doing} for *{title}* ({percentage:.0f} %), {minutes} into this part: "
        "{done} so far.",
        done=done if all(counted) else "".join(counted),
        **told,
    )
