"""The devops engineer publishes once and tells the link."""

import json

from bot.sandbox.claude.answers import Answer, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation


def publish(conversation: Conversation) -> Answer:
    done = conversation.last("publish_version")
    if done is not None:
        published = json.loads(done.result)
        return finish(f"Version {published['version']} is published: {published['url']}")
    if failures := conversation.failures("publish_version"):
        return finish(f"Publishing did not work: {failures[-1].result}")
    return work(say("I publish the files as they are."), call("publish_version"))
