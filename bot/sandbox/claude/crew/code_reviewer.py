"""The reviewer reads the sources in its brief, and knows the bugs that the stand-in makes."""

from bot.model.answers import CodeFinding, CodeReview
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.bugs import SCRIPT, bugs_in


def review(conversation: Conversation) -> ScriptedAnswer:
    found = bugs_in(conversation.tagged("sources"))
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
            ],
            score=max(9 - 3 * len(found), 0),
        ).model_dump_json()
    )
