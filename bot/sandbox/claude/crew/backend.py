"""The data engineer defines what the visitors of a poll share.

The request says whether "only I can change" it or "only I can tick off", and how bad the first
answer is: an "untidy" one gives a field no limit, and is put right when that is said.
"""

import re
from typing import Literal

from bot.model.answers import Collection, CollectionField, DataModel
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation

CHOICES = ("Yes", "No", "Maybe")


def model_data(conversation: Conversation) -> ScriptedAnswer:
    is_first = conversation.turn == 1
    request = conversation.tagged("request")
    is_untidy = re.search(r"\buntidy\b", request, re.I) and is_first
    fields = [_field("choice", "text", () if is_untidy else CHOICES)]
    if "only I can tick off" in request:
        fields.append(_field("is_counted", "boolean", set_by_owner=True))
    return finish(
        DataModel(
            summary="every vote, so that all who open the page see the same result.",
            collections=[
                Collection(
                    name="votes",
                    holds="one vote",
                    used_for="added by visitors, counted",
                    fields=fields,
                    changeable_by="owner" if "only I can change" in request else "author",
                )
            ],
            notes=["Add a document a vote; count them when the page is shown."],
        ).model_dump_json()
    )


def _field(
    name: str,
    kind: Literal["text", "boolean"],
    choices: tuple[str, ...] = (),
    *,
    set_by_owner: bool = False,
) -> CollectionField:
    """A field that every document has but for what the owner sets; a text needs choices."""
    return CollectionField(
        name=name,
        type=kind,
        required=True,
        choices=list(choices),
        max_length=None,
        minimum=None,
        maximum=None,
        max_items=None,
        parts=[],
        set_by_owner=set_by_owner,
    )
