"""The devops engineer publishes once, deploys with other services' tools, and tells the link."""

import json
import re

from bot.sandbox.claude.answers import ScriptedAnswer, ToolCall, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation, Step

PUBLISHED = "Publish the files as a version of the app."

_FILE = re.compile(r"^(\S+) \(\d+ lines\)$", re.M)
_LINK = re.compile(r"https?://[^\s\"<>]+")


def publish(conversation: Conversation) -> ScriptedAnswer:
    if conversation.takes_over and PUBLISHED in conversation.finished():
        return finish(conversation.tagged("work_in_progress"))
    done = conversation.last("publish_version")
    if done is not None:
        return _deploy(conversation) or finish(told(done))
    if failures := conversation.failures("publish_version"):
        return finish(f"Publishing did not work: {failures[-1].result}")
    return work(say("I publish the files as they are."), call("publish_version"))


def told(done: Step) -> str:
    """What was published, in a sentence."""
    published = json.loads(done.result)
    return f"Version {published['version']} is published: {published['url']}"


def _deploy(conversation: Conversation) -> ScriptedAnswer | None:
    """Deploy with each service that can take the files, then report the links."""
    used = {step.tool for step in conversation.steps}
    deploying = [deploy for name in conversation.schemas if (deploy := _use(conversation, name))]
    if fresh := [deploy for deploy in deploying if deploy.name not in used]:
        return work(say("I deploy it there as well."), *fresh)
    links = {
        found[0]: deploy.name.split("__")[1]
        for deploy in deploying
        if (step := conversation.last(deploy.name)) and (found := _LINK.search(step.result))
    }
    reported = {
        step.input.get("url") for step in conversation.steps if step.tool == "report_deployment"
    }
    reports = [
        call("report_deployment", service=service.capitalize(), url=url)
        for url, service in links.items()
        if url not in reported
    ]
    return work(say("I report where it is."), *reports) if reports else None


def _use(conversation: Conversation, tool: str) -> ToolCall | None:
    """The call that deploys the app with a tool; None if it is none that we know how to use."""
    properties = conversation.schemas[tool].get("properties")
    if not tool.startswith("mcp__") or "deploy" not in tool or not isinstance(properties, dict):
        return None
    known = {
        "name": "app",
        "path": "workspace:",
        "files": {
            path: f"workspace:{path}" for path in _FILE.findall(conversation.tagged("files"))
        },
    }
    if not properties or not known.keys() >= properties.keys():
        return None
    return ToolCall(name=tool, words=json.dumps({name: known[name] for name in properties}))
