"""The data engineer defines what the visitors of a poll share."""

import json

from bot.collections.schemas import DEFINITIONS
from bot.model.answers import Collection, DataModel
from bot.sandbox.claude.answers import ScriptedAnswer, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation

CHOICES = ("Yes", "No", "Maybe")

_VOTES = {
    "votes": {
        "type": "object",
        "properties": {"choice": {"type": "string", "enum": list(CHOICES)}},
        "required": ["choice"],
        "additionalProperties": False,
    }
}


def model_data(conversation: Conversation) -> ScriptedAnswer:
    is_there = DEFINITIONS in conversation.tagged("files")
    if not is_there and conversation.last("write_file", DEFINITIONS) is None:
        written = json.dumps(_VOTES, indent=2)
        return work(
            say("I define what visitors share."),
            call("write_file", path=DEFINITIONS, content=written),
        )
    return finish(
        DataModel(
            summary="every vote, so that all who open the page see the same result.",
            collections=[
                Collection(name="votes", holds="one vote", used_for="added by visitors, counted")
            ],
            notes=["Add a document a vote; count them when the page is shown."],
        ).model_dump_json()
    )
