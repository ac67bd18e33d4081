"""The data engineer defines what the visitors of a poll share.

The request says whether "only I" may change it, and how bad the first answer is: an
"untidy" one gives a field no limit, and is put right when that is said.
"""

import re

from bot.model.answers import Collection, CollectionField, DataModel
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation

CHOICES = ("Yes", "No", "Maybe")


def model_data(conversation: Conversation) -> ScriptedAnswer:
    is_first = conversation.turn == 1
    request = conversation.tagged("request")
    is_untidy = re.search(r"\buntidy\b", request, re.I) and is_first
    choice = _text("choice", () if is_untidy else CHOICES)
    return finish(
        DataModel(
            summary="every vote, so that all who open the page see the same result.",
            collections=[
                Collection(
                    name="votes",
                    holds="one vote",
                    used_for="added by visitors, counted",
                    fields=[choice],
                    changeable_by="owner" if "only I" in request else "author",
                )
            ],
            notes=["Add a document a vote; count them when the page is shown."],
        ).model_dump_json()
    )


def _text(name: str, choices: tuple[str, ...]) -> CollectionField:
    """A text that every document has; without choices it lacks a limit."""
    return CollectionField(
        name=name,
        type="text",
        required=True,
        choices=list(choices),
        max_length=None,
        minimum=None,
        maximum=None,
        max_items=None,
        parts=[],
    )
