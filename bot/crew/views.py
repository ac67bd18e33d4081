"""The pictures of how an app looks, as agents are shown them: each behind words that name it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.checks.report import Screen
from bot.crew.images import stored_picture
from bot.crew.transcript import note
from bot.crew.trials import Trial

if TYPE_CHECKING:
    from anthropic.types import ImageBlockParam, TextBlockParam

LABELS: MappingProxyType[Screen, str] = MappingProxyType(
    {
        "phone": "The app on a phone, as one of its criteria leaves it, else as it opens:",
        "phone_dark": "The app on a phone in dark, the same page:",
        "desktop": "The app on a desktop, the same page:",
        "owner": "The app on its owner's phone, with what is theirs alone to do:",
    }
)
TOKENS: MappingProxyType[Screen, int] = MappingProxyType(
    {"phone": 439, "phone_dark": 439, "desktop": 1_366, "owner": 439}
)  # at 750 pixels a token


AT_THE_END = "The app on a phone at the end of “{criterion}”:"


def labelled_ends(trial: Trial) -> "list[TextBlockParam | ImageBlockParam]":
    """The pictures of criteria's ends, in the order of the list, stored likewise."""
    blocks: list[TextBlockParam | ImageBlockParam] = []
    for criterion, sha256 in trial.ends.items():
        label = note(AT_THE_END.format(criterion=criterion))
        blocks += [label, stored_picture(sha256, tokens=TOKENS["phone"])]
    return blocks


def labelled_views(views: Mapping[Screen, str]) -> "list[TextBlockParam | ImageBlockParam]":
    """A trial's pictures of one page, in one order; nothing where there are none.

    As they are stored with a conversation: by hash, each put in at the moment of a call.
    """
    blocks: list[TextBlockParam | ImageBlockParam] = []
    for screen, label in LABELS.items():
        if sha256 := views.get(screen):
            blocks += [note(label), stored_picture(sha256, tokens=TOKENS[screen])]
    return blocks
