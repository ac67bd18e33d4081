"""Every sentence that a person reads on the phone, in English.

`bot/languages/catalogues` says them in the other languages. A sentence without placeholders is a
constant, marked `fixed` and said in the person's language when it is put into the outbox; one with
placeholders is a function that says it at once. A test tells which sentences lack a translation.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from bot.checks.report import Check, Finding
from bot.crew.answers import DesignSpecification
from bot.delivery.choices import Choice
from bot.languages.speaking import fixed, said, say, say_count
from bot.projects.builds import UnfinishedBuild
from bot.projects.questions import Question

HELP = fixed(
    "Tell me what you'd like, for example *Build me a todo app*. "
    "I design it, build it and send you a link.\n\n"
    "When it is there, just say what should be different.\n\n"
    "*status* - how far I am\n"
    "*stop* - stop what I'm building\n"
    "*try again* - go on with what failed or was stopped\n"
    "*undo*, *redo*, *versions* - back and forth between versions\n"
    "*projects*, *open 2*, *new* - your apps, another one of them, one more\n"
    "*share*, *export*, *cost* - the link, the files, what it has cost\n"
    "*forget me* - delete everything I have of you\n"
    "*unsubscribe* - no more messages from me, until you say *start*\n"
    "*help* - this text"
)

# What can be tapped below a message of that kind; an id is what it means, as a person would say it.
CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "understood": (
        Choice(id="status", title=fixed("Status")),
        Choice(id="stop", title=fixed("Stop")),
    ),
    "budget": (
        Choice(id="try again", title=fixed("Continue")),
        Choice(id="stop", title=fixed("Stop")),
    ),
    "published": (
        Choice(id="change something", title=fixed("Change something")),
        Choice(id="new app", title=fixed("New app")),
    ),
}

NOTHING_RUNS = fixed("Nothing is being built right now. Tell me what you'd like!")

NOTHING_TO_STOP = fixed(
    "Nothing is being built right now. Say *stop* once more and you get no more messages from me, "
    "until you say *start*."
)

OPTED_OUT = fixed(
    "You get no more messages from me, and nothing is built. "
    "Say *start* whenever you'd like to go on."
)

WELCOME_BACK = fixed("Good to have you here! Tell me what you'd like, or say *help*.")

WHAT_NEXT = fixed("What shall I build next? Tell me in a sentence or two.")

NOTHING_TO_CHANGE = fixed("There is no app of yours yet. Tell me what you'd like!")


def what_to_change(title: str) -> str:
    """They tapped that something should be different."""
    return say("What should be different in *{title}*? Tell me in your own words.", title=title)


STOPPED = fixed(
    "Stopped. Nothing will be published. Say *try again* to go on with it after all, "
    "or tell me when you'd like something else."
)

NOTHING_TO_RETRY = fixed("There is nothing that failed or was stopped. Tell me what you'd like!")

NOTHING_SAID = fixed("That message was empty. Please write what you'd like.")

VOICE_NOT_HEARD = fixed(
    "I can't listen to voice notes. Please write to me. "
    "You can also send a picture, a text file, a place or a contact."
)

VIDEO_NOT_WATCHED = fixed(
    "I can't watch videos. Please write what you'd like, or send pictures of what I should see."
)

FILE_NOT_OPENED = fixed(
    "I can't open that kind of file. You can send pictures (JPEG, PNG, WebP or GIF, up to 5 MB), "
    "text files (up to 200 kB), a place or a contact, and of course your words."
)

PICTURE_NOT_SEEN = fixed(
    "I could not open that picture: it may be damaged or too large. "
    "Please send it as JPEG, PNG, WebP or GIF with at most 5 MB."
)

FILE_NOT_FETCHED = fixed("I could not get the file that you sent. Please send it once more.")

NOTHING_REMEMBERED = fixed(
    "There is nothing I keep in mind about you, apart from your projects and our chat."
)


def memory(facts: list[str]) -> str:
    """What is known of the person."""
    listed = "\n".join(f"{number}. {fact}" for number, fact in enumerate(facts, 1))
    return say(
        "This is what I keep in mind about you:\n{facts}\n\n"
        "Say *forget that* with a number or the words to have it deleted.",
        facts=listed,
    )


def forgotten(facts: list[str]) -> str:
    """What has been deleted."""
    return say("Deleted: {facts}", facts="; ".join(facts))


BUILD_OR_TALK = fixed("Shall I build that for you, or are we just talking?")

BUILD_OR_TALK_CHOICES = (
    Choice(id="build it", title=fixed("Build it")),
    Choice(id="just talking", title=fixed("Just talking")),
)

READING_TOGETHER = fixed(
    "You write faster than I can answer. I read every message, and answer them together."
)

SETTLED_ALREADY = fixed("That is settled already. Tell me what you'd like!")

WHAT_ABOUT_PICTURES = fixed(
    "I have it. What shall I do with it? For example *Build a page like this* or "
    "*Use it as the logo*."
)

TRY_AGAIN_LATER = fixed(
    "Something went wrong on my side and I could not read your message. "
    "Please send it again in a few minutes."
)

_PHASES = {
    "planning": fixed("planning it"),
    "design": fixed("designing it"),
    "implementation": fixed("writing the code"),
    "review": fixed("checking it"),
    "deployment": fixed("publishing it"),
}
_WAITING = fixed("waiting its turn")
_WAITING_FOR_YOU = fixed("waiting for your answer")


def understood(summary: str) -> str:
    """What will be built, and what to expect next."""
    return say(
        "{summary}\n\nI'll text you as it takes shape. Say *stop* at any time.", summary=summary
    )


def design_done(summary: str) -> str:
    """The look is decided."""
    return say("The design is done: {summary}\n\nNow I'm writing the code.", summary=summary)


def built(summary: str) -> str:
    """The files are written."""
    return say("It's built. {summary}\n\nNow I'm trying it out.", summary=summary)


def data_modelled(summary: str) -> str:
    """It is decided what the app remembers for all of its visitors."""
    return say("It will keep what its visitors share: {summary}", summary=summary)


def mending(faults: Sequence[str]) -> str:
    """The app is not ready yet, and the work goes on."""
    return say(
        "I tried it, and it is not right yet:\n{faults}\n\nI'm mending that now.",
        faults=_listed(faults[:3]),
    )


def pictured(title: str) -> str:
    """What comes with the picture of an app."""
    return say("This is *{title}* on a phone.", title=title)


NOT_ALL_TRIED = fixed("I could not try all of it.")
NOT_JUDGED = fixed("I could not make sure that it does all you asked for.")
NOT_REVIEWED = fixed("Nobody could look over its code.")

_FAULTS: Mapping[Check, str] = {
    "loads": fixed("It does not open, or gets stuck."),
    "content": fixed("There is nothing to see."),
    "console": fixed("Something in it breaks while it is used."),
    "requests": fixed("A part of it is missing."),
    "layout": fixed("It does not fit the screen."),
    "accessibility": fixed("Not everybody can read or use it."),
    "language": fixed("Its texts are in another language than you asked for."),
    "buttons": fixed("A button does nothing when it is pressed."),
    "forms": fixed("A form takes what is entered, and nothing comes of it."),
    "acceptance": NOT_JUDGED,
}


def found(findings: Sequence[Finding]) -> list[str]:
    """What a check saw, without the words of an engineer; the same thing is told once."""
    return list(dict.fromkeys(map(_fault, findings)))


def _fault(finding: Finding) -> str:
    match finding:
        case Finding(check="acceptance", subject=str(criterion)):
            return say("This does not work yet: {criterion}", criterion=criterion)
        case Finding(check="buttons", subject=str(name)):
            return say("The button “{name}” does nothing when it is pressed.", name=name)
    return _FAULTS[finding.check]


PLANNED_BLINDLY = fixed("I'll build what you asked for, as one simple page.")
PLANNED_BLINDLY_CHANGE = fixed("I'll change what you asked for.")


def published(title: str, url: str, version: int) -> str:
    """The link, and how to go on."""
    return say(
        "{app} is ready:\n{url}\n\nTell me what you'd like to change.",
        app=_named(title, version),
        url=url,
    )


def published_untried(title: str, url: str, version: int) -> str:
    """The link of an app that nobody has opened yet."""
    return say(
        "{app} is online:\n{url}\n\n"
        "I could not try it in a browser here, so please see for yourself whether it works, "
        "and tell me what you'd like to change.",
        app=_named(title, version),
        url=url,
    )


def published_faulty(title: str, url: str, version: int, faults: list[str]) -> str:
    """The link of an app that does not work as it should, and what is wrong with it."""
    return say(
        "{app} is online, but it does not work as it should yet:\n{url}\n\n"
        "This is what I found when I tried it:\n{faults}\n\n"
        "Tell me what to mend first, or what else you'd like to change.",
        app=_named(title, version),
        url=url,
        faults=_listed(faults),
    )


def published_again(announcement: str, *, is_reached: bool) -> str:
    """The present files went out once more."""
    reached = (
        say("I opened the link, and it answers.")
        if is_reached
        else say(
            "I could not open the link from here just now. If you can't either, tell me again."
        )
    )
    return f"{announcement}\n\n{reached}"


def design_proposed(title: str, design: DesignSpecification) -> str:
    """A design to look at, before anything is built."""
    return say(
        "This is how I would design *{title}*: {summary}\n\n"
        "*Colours*: {palette}\n*Letters*: {letters}\n*Layout*: {layout}\n\n"
        "*Parts*\n{parts}\n\n*Texts*\n{texts}\n\n"
        "Say what should be different, or *build this*.",
        title=title,
        summary=design.summary,
        palette=", ".join(f"{colour.name} {colour.hex}" for colour in design.palette),
        letters=design.typography,
        layout=design.layout,
        parts="\n".join(f"- *{part.name}*: {part.purpose}" for part in design.components),
        texts="\n".join(f"- {text}" for text in design.content),
    )


def _listed(faults: Sequence[str]) -> str:
    return "\n".join(f"- {said(fault)[:160]}" for fault in faults)


def _named(title: str, version: int) -> str:
    if version == 1:
        return f"*{title}*"
    return say("Version {number} of *{title}*", number=version, title=title)


def also_at(service: str, url: str) -> str:
    """Behind the news of a version: another place where it is."""
    return "\n\n" + say("You also find it at {service}:\n{url}", service=service[:40], url=url)


def unchanged(title: str, url: str, version: int) -> str:
    """A change that changed nothing."""
    return say(
        "I found nothing to change: *{title}* is still version {number}.\n{url}\n\n"
        "Tell me in other words what should be different.",
        title=title,
        number=version,
        url=url,
    )


def retrying(title: str) -> str:
    """A build that failed or was stopped goes on."""
    return say("OK, I'm taking *{title}* up again, from where I was.", title=title)


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


BUTTON_STALE = fixed("That button belongs to something that is over, so nothing has changed.")
QUESTION_CLOSED = fixed("That question is not open any more, so nothing has changed.")
ANSWERED = fixed("Thanks! I go on with that.")


def settled(answer: str) -> str:
    """A question that was answered before."""
    return say("That is settled already: {answer}", answer=answer)


def question(asked: Question, patience: timedelta) -> str:
    """An agent asks; the options are below, as buttons or as text."""
    text = asked.question
    if asked.number > 1:
        text = say(
            "{position} of {number}: {question}",
            position=asked.position,
            number=asked.number,
            question=text,
        )
    return say(
        "{question}\n\nIf I hear nothing within {minutes}, I take *{default}*.",
        question=text,
        minutes=say_count(
            "{number} minute", "{number} minutes", max(1, patience // timedelta(minutes=1))
        ),
        default=asked.default_answer,
    )


def defaults_taken(lines: list[str]) -> str:
    """Nobody has answered in time."""
    return say(
        "I haven't heard from you, so I go on with this:\n{answers}", answers="\n".join(lines)
    )


def worked_in(title: str) -> str:
    """A change is made by the build that runs."""
    return say("Got it. I work that into *{title}* right now.", title=title)


def queued_behind(title: str) -> str:
    """A change has to wait for the build that runs."""
    return say(
        "Got it. I'll do that next, as soon as the current version of *{title}* is finished.",
        title=title,
    )


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


FAILED_BUSY = fixed(
    "The AI service I work with has been too busy for too long, so I had to give up this time. "
    "Nothing is lost: say *try again* in a little while and I go on from where I was."
)
FAILED_MISCONFIGURED = fixed(
    "I can't reach the AI service I work with because of a problem on our side. "
    "Say *try again* later and I go on from where I was."
)
FAILED_REFUSED = fixed("I'm not able to build that one. Tell me about something else you'd like.")
FAILED_TOO_LARGE = fixed(
    "That turned out to be too big for me in one go. Try asking for a smaller first version."
)
FAILED = fixed(
    "I tried several times but could not finish this one, because of a problem on our side. "
    "What I had so far is kept: say *try again* and I go on from there."
)
FAILED_TIMEOUT = fixed(
    "This took much longer than it should, so I stopped. What I had so far is kept: "
    "say *try again* and I go on from there."
)
STILL_TRYING = fixed(
    "The AI service I work with is very busy right now. I'm waiting and will go on."
)


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


BUDGET_EXHAUSTED = {
    "request": fixed(
        "This has cost as much as one wish may, so I stopped here. What I had so far is kept: "
        "ask for a smaller step, or say *try again* once the limit is raised."
    ),
    "user_day": fixed(
        "You have used up what I may spend for you in a day, so I stopped here. What I had so far "
        "is kept: say *try again* tomorrow and I go on from there."
    ),
    "total_day": fixed(
        "I have used up what I may spend in a day, so I stopped here. What I had so far is kept: "
        "say *try again* tomorrow and I go on from there."
    ),
}


def budget_exhausted(scope: str, link: str | None) -> str:
    """A budget is used up; `link` shows what there was by then, where nothing was before."""
    sentence = say(BUDGET_EXHAUSTED[scope])
    if link is None:
        return sentence
    unfinished = say("What there is so far is online, unfinished and not tried:\n{url}", url=link)
    return f"{sentence}\n\n{unfinished}"


BUDGET_QUESTIONS = {
    "request": fixed(
        "This wish has used up 80 % of what it may cost. Shall I go on? "
        "At the limit I stop, and you get what there is by then."
    ),
    "user_day": fixed(
        "You have used up 80 % of what I may spend for you in a day. Shall I go on? "
        "At the limit I stop, and you get what there is by then."
    ),
}

BUDGET_DECLINED = fixed(
    "OK, I leave it there. What I had so far is kept: say *try again* and I go on with it."
)

FAILED_STUCK = fixed(
    "I ran into the same problem three times in a row, so I stopped before it costs you more. "
    "What I had so far is kept: say *try again*, or tell me in other words what you'd like."
)

LANGUAGE_SET = fixed("OK, from now on I write to you in English.")
