"""What a user was asked and has not answered, whoever asked it: the bot, or the crew."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

from bot.collections.owner_keys import without_keys
from bot.markup.shortening import one_line, shorten
from bot.messages import command_texts, conversation_texts, data_texts
from bot.messages.quick_replies import Choice

SUBJECT_SHOWN = 300  # characters that the router reads of what a question is about


class About(StrEnum):
    """What a user may have been asked."""

    DOUBT = "doubt"  # whether a message was a request, or only talk
    BUDGET = "budget"  # whether a build goes on though its budget is nearly used up
    FORGET = "forget"  # whether all that is known of them is deleted
    CLEAR = "clear"  # whether all that visitors left in an app is deleted
    UNSUBSCRIBE = "unsubscribe"
    CREW = "crew"  # what an agent wants to know


# Yes to these deletes something, or ends all messages.
ENDINGS = frozenset({About.FORGET, About.CLEAR, About.UNSUBSCRIBE})
_CHOICES = {
    About.DOUBT: conversation_texts.BUILD_OR_TALK_CHOICES,
    About.FORGET: command_texts.FORGET_CHOICES,
    About.CLEAR: data_texts.CLEAR_CHOICES,
    About.UNSUBSCRIBE: conversation_texts.UNSUBSCRIBE_CHOICES,
}
# What the router reads of them.
_ASKED = {
    About.DOUBT: "whether this shall be built, or they are just talking: {subject}",
    About.BUDGET: "whether the work on {subject} shall go on though its budget is nearly used up",
    About.FORGET: "whether everything that is known of them shall be deleted",
    About.CLEAR: "whether all that visitors left in {subject} shall be deleted",
    About.UNSUBSCRIBE: "whether they want no more messages",
    About.CREW: "by the crew that builds for them: {subject}",
}


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """One question; its fields are the columns of `list_open`."""

    about: About
    request_id: UUID | None
    build_id: UUID | None
    project_id: UUID | None
    question_id: UUID | None  # of the crew's
    subject: str  # the doubtful message, an app's title, or the crew's question in its words
    options: list[str]  # the crew's
    kind: Literal["new_build", "change"] | None  # what a doubtful message would be
    project: int | None  # the number of the project that it would change
    is_overtaken: bool  # one of `ENDINGS`, and they heard since what a yes may be meant for

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be tapped in answer and means nothing else."""
        if self.about is About.CREW:
            return tuple(
                Choice(id=f"answer {self.question_id} {number}", title=option)
                for number, option in enumerate(self.options, 1)
            )
        return _CHOICES.get(self.about, ())

    def __str__(self) -> str:
        asked = _ASKED[self.about].format(subject=shown(self.subject))
        return f"{asked} ({' / '.join(self.options)})" if self.options else asked


def shown(words: str) -> str:
    """So much of what a question or a quoted message says as the router reads."""
    return shorten(one_line(without_keys(words)), SUBJECT_SHOWN)
