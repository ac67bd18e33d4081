"""Every sentence that a person reads on the phone."""

from collections.abc import Mapping

from bot.delivery.choices import Choice
from bot.projects.builds import UnfinishedBuild

HELP = (
    "Tell me what you'd like, for example *Build me a todo app*. "
    "I design it, build it and send you a link.\n\n"
    "When it is there, just say what should be different.\n\n"
    "*status* - how far I am\n"
    "*stop* - stop what I'm building\n"
    "*try again* - go on with what failed or was stopped\n"
    "*unsubscribe* - no more messages from me, until you say *start*\n"
    "*help* - this text"
)

# What can be tapped below a message of that kind; an id is what it means, as a person would say it.
CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "understood": (Choice(id="status", title="Status"), Choice(id="stop", title="Stop")),
    "published": (
        Choice(id="change something", title="Change something"),
        Choice(id="new app", title="New app"),
    ),
}

NOTHING_RUNS = "Nothing is being built right now. Tell me what you'd like!"

NOTHING_TO_STOP = (
    "Nothing is being built right now. Say *stop* once more and you get no more messages from me, "
    "until you say *start*."
)

OPTED_OUT = (
    "You get no more messages from me, and nothing is built. "
    "Say *start* whenever you'd like to go on."
)

WELCOME_BACK = "Good to have you here! Tell me what you'd like, or say *help*."

WHAT_NEXT = "What shall I build next? Tell me in a sentence or two."

NOTHING_TO_CHANGE = "There is no app of yours yet. Tell me what you'd like!"


def what_to_change(title: str) -> str:
    """They tapped that something should be different."""
    return f"What should be different in *{title}*? Tell me in your own words."


STOPPED = (
    "Stopped. Nothing will be published. Say *try again* to go on with it after all, "
    "or tell me when you'd like something else."
)

NOTHING_TO_RETRY = "There is nothing that failed or was stopped. Tell me what you'd like!"

TEXT_ONLY = "I can only read text for now. Please write what you'd like in a message."

TRY_AGAIN_LATER = (
    "Something went wrong on my side and I could not read your message. "
    "Please send it again in a few minutes."
)

_PHASES = {
    "planning": "planning it",
    "design": "designing it",
    "implementation": "writing the code",
    "review": "checking it",
    "deployment": "publishing it",
}


def understood(summary: str) -> str:
    """What will be built, and what to expect next."""
    return f"{summary}\n\nI'll text you as it takes shape. Say *stop* at any time."


def design_done(summary: str) -> str:
    """The look is decided."""
    return f"The design is done: {summary}\n\nNow I'm writing the code."


def built(summary: str) -> str:
    """The files are written."""
    return f"It's built. {summary}\n\nNow I'm trying it out."


def published(title: str, url: str, version: int) -> str:
    """The link, and how to go on."""
    return f"{_named(title, version)} is ready:\n{url}\n\nTell me what you'd like to change."


def published_untried(title: str, url: str, version: int) -> str:
    """The link of an app that nobody has opened yet."""
    return (
        f"{_named(title, version)} is online:\n{url}\n\n"
        "I could not try it in a browser here, so please see for yourself whether it works, "
        "and tell me what you'd like to change."
    )


def published_faulty(title: str, url: str, version: int, faults: list[str]) -> str:
    """The link of an app that does not work as it should, and what is wrong with it."""
    listed = "\n".join(f"- {fault[:160]}" for fault in faults)
    return (
        f"{_named(title, version)} is online, but it does not work as it should yet:\n{url}\n\n"
        f"This is what I found when I tried it:\n{listed}\n\n"
        "Tell me what to mend first, or what else you'd like to change."
    )


def _named(title: str, version: int) -> str:
    return f"*{title}*" if version == 1 else f"Version {version} of *{title}*"


def unchanged(title: str, url: str, version: int) -> str:
    """A change that changed nothing."""
    return (
        f"I found nothing to change: *{title}* is still version {version}.\n{url}\n\n"
        "Tell me in other words what should be different."
    )


def retrying(title: str) -> str:
    """A build that failed or was stopped goes on."""
    return f"OK, I'm taking *{title}* up again, from where I was."


_COLLEAGUES = {
    "orchestrator": "planner",
    "designer": "designer",
    "frontend": "engineer",
    "devops": "publisher",
}


def memory_fills_up(agent_type: str, percentage: float) -> str:
    """An agent's context has reached the warning threshold."""
    who = _COLLEAGUES.get(agent_type, "colleague")
    return (
        f"This is a big one: the {who} has used {percentage:.0f} % of what it can keep in mind "
        "at once. It finishes the piece it is at; if there is more to do then, a fresh colleague "
        "takes over. You need not do anything."
    )


def handed_over(agent_type: str, closed: int, total: int) -> str:
    """An agent has handed over to a fresh one."""
    who = _COLLEAGUES.get(agent_type, "colleague")
    done = f" {closed} of {total} pieces are done." if closed else ""
    return (
        f"A fresh {who} has taken over, with your words, all decisions and all files so far."
        f"{done} Nothing is lost, and the work goes on."
    )


def queued_behind(title: str) -> str:
    """A change has to wait for the build that runs."""
    return f"Got it. I'll do that next, as soon as the current version of *{title}* is finished."


def status(builds: list[UnfinishedBuild], percentages: list[float]) -> str:
    """How far each build is."""
    lines = []
    for build, percentage in zip(builds, percentages, strict=True):
        doing = "waiting its turn" if build.status == "queued" else _PHASES[build.phase]
        lines.append(f"*{build.title}*: {doing} ({percentage:.0f} %)")
    return "\n".join(lines)


FAILED_BUSY = (
    "The AI service I work with has been too busy for too long, so I had to give up this time. "
    "Nothing is lost: say *try again* in a little while and I go on from where I was."
)
FAILED_MISCONFIGURED = (
    "I can't reach the AI service I work with because of a problem on our side. "
    "Say *try again* later and I go on from where I was."
)
FAILED_REFUSED = "I'm not able to build that one. Tell me about something else you'd like."
FAILED_TOO_LARGE = (
    "That turned out to be too big for me in one go. Try asking for a smaller first version."
)
FAILED = (
    "I tried several times but could not finish this one, because of a problem on our side. "
    "What I had so far is kept: say *try again* and I go on from there."
)
FAILED_TIMEOUT = (
    "This took much longer than it should, so I stopped. What I had so far is kept: "
    "say *try again* and I go on from there."
)
STILL_TRYING = "The AI service I work with is very busy right now. I'm waiting and will go on."


def progress(title: str, phase: str, percentage: float, files: int, lines: int) -> str:
    """Something is there that was not a moment ago."""
    return (
        f"*{title}*: {_PHASES[phase]} ({percentage:.0f} %). "
        f"{_count(files, 'file')} so far, {_count(lines, 'line')}."
    )


def heartbeat(
    title: str, phase: str, percentage: float, *, minutes: int, steps: int, files: int
) -> str:
    """A sign of life: what is being done, and how far it is."""
    done = [_count(number, thing) for number, thing in ((steps, "step"), (files, "file")) if number]
    so_far = f": {' and '.join(done)} so far" if done else ""
    return (
        f"Still at it: {_PHASES[phase]} for *{title}* ({percentage:.0f} %), "
        f"{_count(minutes, 'minute')} into this part{so_far}."
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


BUDGET_EXHAUSTED = {
    "request": (
        "This has cost as much as one wish may, so I stopped here. What I had so far is kept: "
        "ask for a smaller step, or say *try again* once the limit is raised."
    ),
    "user_day": (
        "You have used up what I may spend for you in a day, so I stopped here. What I had so far "
        "is kept: say *try again* tomorrow and I go on from there."
    ),
    "total_day": (
        "I have used up what I may spend in a day, so I stopped here. What I had so far is kept: "
        "say *try again* tomorrow and I go on from there."
    ),
}
