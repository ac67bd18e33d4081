"""What the product is, for the model that answers questions about it.

Put together from the sources of the product itself (the text of `help`, the settings, the limits of
the rooms that hold them), so that it cannot say what is not so. The same for all users.
"""

from bot.attachments import papers, pictures, texts
from bot.collections import room
from bot.crew.question_tool import AT_ONCE
from bot.intake.command_names import Command
from bot.languages.locales import KNOWN
from bot.messages import conversation_texts
from bot.model.budgets import ASK_AT
from bot.projects import workspace
from bot.retention.kinds import retention_of
from bot.settings.groups import (
    BudgetSettings,
    CrewSettings,
    RetentionSettings,
    Settings,
    TranscriptionSettings,
    TwilioSettings,
)
from bot.speech.recording import LONGEST_SECONDS
from bot.twilio.media_fields import MOST as FILES_AT_ONCE

# What `help` leaves out.
ALSO_SAID = {
    Command.MEMORY: "what I keep in mind about you",
    Command.FORGET_FACT: "with its number or words: delete one of these",
    Command.CLEAR_DATA: "delete what visitors left in the app",
    Command.RESTORE_DATA: "bring that back",
}
# What only answers a question of ours, as a rule by a tap.
ANSWERS = frozenset({
    Command.CHANGE, Command.CLEAR_DATA_NOW, Command.KEEP_DATA, Command.FORGET_NOW, Command.KEEP,
})  # fmt: skip


def product_sheet(settings: Settings) -> str:
    """The sheet, a line for each subject, with what the settings say."""
    subjects = {
        "Can build": _buildable(settings.crew),
        "Cannot build": (
            "accounts or logins, payments, e-mail or messages to visitors, push notifications, "
            "native apps, data of other sites or services, programs on a server, own domains."
        ),
        "Takes in": _taken_in(settings.transcription),
        "Limits": _limits(),
        "While building": _while_building(settings.crew),
        "Reachable": _reachable(settings.twilio),
        "Cost": _cost(settings.budgets),
        "Who sees an app": (
            "whoever has the link (hard to guess, hidden from search engines); no login. All "
            "visitors read what is shared in it. Only its owner changes it, in this chat, and "
            "others' entries, by a link in *data*."
        ),
        "Kept": _kept(settings.retention),
        "Deleted": _deleted(settings),
        "Languages": f"{', '.join(KNOWN.values())}; the one they write or ask for.",
        "Commands": "in these languages, and in English always:",
    }
    lines = [f"{subject}: {told}" for subject, told in subjects.items()]
    return "\n".join([*lines, *_commands()])


def _buildable(crew: CrewSettings) -> str:
    tried = " Each is tried in a browser before it is called ready." if crew.check_apps else ""
    return (
        "small web apps of a single page with a link of their own: lists, games, quizzes, polls, "
        "landing pages. They can show pictures that the user "
        "sends, keep things on a device, and share data among visitors."
        f"{tried} A change is a new version at the same link."
    )


def _taken_in(transcription: TranscriptionSettings) -> str:
    minutes = round(LONGEST_SECONDS / 60)
    heard = f", voice notes up to {minutes} min" if transcription.base_url else ""
    picture, text = pictures.FETCHED_LIMIT // 2**20, texts.FETCHED_LIMIT // 1_000
    paper = papers.FETCHED_LIMIT // 2**20
    return (
        f"words; up to {FILES_AT_ONCE} files in a message: pictures (JPEG, PNG, WebP, GIF) up to "
        f"{picture} MB, PDFs ({papers.MOST_PAGES} pages), Word, Excel, PowerPoint up to "
        f"{paper} MB, text files up to {text} kB, "
        f"places, contacts{heard}. {'No' if heard else 'No voice notes, no'} videos."
    )


def _limits() -> str:
    return (
        f"an app has at most {workspace.MAX_FILES} files and "
        f"{workspace.MAX_PROJECT_SIZE // 1_000_000} MB; its visitors share at most "
        f"{room.MAX_DOCUMENTS:,} entries."
    )


def _while_building(crew: CrewSettings) -> str:
    return (
        f"up to {AT_ONCE} questions at once; after "
        f"{max(1, crew.question_timeout_seconds // 60)} min without an answer a named default "
        "is taken. How long it takes is not known."
    )


def _reachable(twilio: TwilioSettings) -> str:
    if twilio.template_sid:
        return "24 hours after they last wrote, news comes in a short form."
    return "24 hours after they last wrote, news waits until they write again."


def _cost(budgets: BudgetSettings) -> str:
    return (
        "this chat takes no payment; whether its operator charges is not known here. "
        "What the AI takes is counted in US dollars (*cost*). At most "
        f"${budgets.request_usd:,.2f} a request, ${budgets.user_daily_usd:,.2f} a "
        f"user and day, ${budgets.total_daily_usd:,.2f} a day for all users. At "
        f"{ASK_AT:.0%} of the first two it asks whether to go on; at the limit it stops and keeps "
        "what there is."
    )


def _kept(retention: RetentionSettings) -> str:
    days = {kind: retention_of(retention, kind).days for kind in ("inbound", "media", "cleared")}
    return (
        "apps, the requests for them and lasting facts until deleted; other messages for "
        f"{days['inbound']} days, files sent {days['media']}, cleared visitors' data "
        f"{days['cleared']}. AI models read what users write; those who run "
        "the service could."
    )


def _deleted(settings: Settings) -> str:
    copies = " Copies at other services stay." if settings.crew.mcp_config else ""
    return (
        "*forget me* asks once and deletes messages, apps, facts and number for good; a "
        f"keyed hash of it stays a year, the day's cost for that day.{copies}"
    )


def _commands() -> list[str]:
    helped = [line for line in conversation_texts.HELP.splitlines() if line.startswith("*")]
    return [*helped, *(f"*{command}* - {told}" for command, told in ALSO_SAID.items())]
