"""The reviewer reads the page and its script, and knows the bugs that the stand-in makes."""

from bot.model.answers import CodeFinding, CodeReview
from bot.sandbox.claude.answers import ScriptedAnswer, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.bugs import SCRIPT, bugs_in

_READ = ("index.html", SCRIPT)


def review(conversation: Conversation) -> ScriptedAnswer:
    there = [path for path in _READ if path in conversation.tagged("files")]
    unread = [path for path in there if not _was_tried(conversation, path)]
    if unread:
        return work(say("I read the code."), *(call("read_file", path=path) for path in unread))
    script = conversation.last("read_file", SCRIPT)
    found = bugs_in(script.result) if script else []
    return finish(
        CodeReview(
            findings=[
                CodeFinding(
                    path=SCRIPT,
                    message=f"bug {number} throws an error that nobody catches; remove the line",
                    blocking=True,
                )
                for number in found
            ],
            score=max(9 - 3 * len(found), 0),
        ).model_dump_json()
    )


def _was_tried(conversation: Conversation, path: str) -> bool:
    return bool(conversation.last("read_file", path) or conversation.failures("read_file", path))
