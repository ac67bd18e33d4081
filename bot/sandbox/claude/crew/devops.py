"""The devops engineer publishes once and tells the link."""

import json

from bot.sandbox.claude.answers import Answer, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation, Step

PUBLISHED = "Publish the files as a version of the app."


def publish(conversation: Conversation) -> Answer:
    if conversation.takes_over and PUBLISHED in conversation.finished():
        return finish(conversation.tagged("work_in_progress"))
    done = conversation.last("publish_version")
    if done is not None:
        return finish(told(done))
    if failures := conversation.failures("publish_version"):
        return finish(f"Publishing did not work: {failures[-1].result}")
    return work(say("I publish the files as they are."), call("publish_version"))


def told(done: Step) -> str:
    """What was published, in a sentence."""
    published = json.loads(done.result)
    return f"Version {published['version']} is published: {published['url']}"
