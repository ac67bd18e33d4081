"""The reviewer reads the sources in its brief, and knows the bugs that the stand-in makes."""

from bot.model.answers import CodeFinding, CodeReview
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.apps import SCRIPT
from bot.sandbox.claude.crew.bugs import bugs_in
from bot.sandbox.claude.crew.loose_ends import noted


def review(conversation: Conversation) -> ScriptedAnswer:
    sources = conversation.tagged("sources")
    found = bugs_in(sources)
    return finish(
        CodeReview(
            findings=[
                CodeFinding(
                    path=SCRIPT,
                    problem=f"bug {number} throws an error that nobody catches.",
                    fix="Remove the line.",
                    blocking=True,
                )
                for number in found
            ]
            + noted(sources),
            score=max(9 - 3 * len(found), 0),
        ).model_dump_json()
    )
