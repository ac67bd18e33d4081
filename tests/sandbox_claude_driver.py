"""Drives the scripted crew as the product does: the real client, the product's own tool inputs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from anthropic import AsyncAnthropic
from anthropic.types import ParsedMessage

from bot.crew.file_tools import FILE_TOOLS
from bot.crew.publish_tool import PUBLISH
from bot.model.answers import Plan
from bot.sandbox.claude.server import FakeClaude
from bot.workflows.plan_words import in_words
from handoffs.tags import tagged

MODEL = "claude-sonnet-5-5"
SYSTEM = "# Role: {role}\n\nYou are one of the crew. " + "Work with care. " * 300


@asynccontextmanager
async def client_of(server: FakeClaude, **options: Any) -> AsyncIterator[AsyncAnthropic]:
    """The real client; it retries nothing unless asked to."""
    given: dict[str, Any] = {"api_key": "any-key", "max_retries": 0, **options}
    async with AsyncAnthropic(base_url=server.url, **given) as client:
        yield client


def brief(**parts: str) -> str:
    return "\n\n".join(tagged(name, text) for name, text in parts.items())


REQUEST_TEXT = brief(request_text="Build me a todo app", design="none", files="none")


def question(role: str, text: str) -> dict[str, Any]:
    """The parameters of a first turn, with the system prompt marked for the cache."""
    return {
        "model": MODEL,
        "max_tokens": 32_000,
        "system": [
            {
                "type": "text",
                "text": SYSTEM.format(role=role),
                "cache_control": {"type": "ephemeral"},
            }
        ],
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}],
    }


async def ask(client: AsyncAnthropic, **parameters: Any) -> ParsedMessage[Any]:
    async with client.messages.stream(**parameters) as stream:
        return await stream.get_final_message()


def text_of(answer: ParsedMessage[Any]) -> str:
    """What an answer says, without what was thought before it."""
    return "".join(block.text for block in answer.content if block.type == "text")


@dataclass
class Folder:
    """A project's files in memory, with the tools' behaviour and a few refusals on demand."""

    files: dict[str, str] = field(default_factory=dict)
    refuse: dict[str, int] = field(default_factory=dict)

    def listing(self) -> str:
        rows = [f"{path} ({text.count(chr(10))} lines)" for path, text in self.files.items()]
        return "\n".join(rows) or "none"

    def use(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path", name)
        if self.refuse.get(path, 0):
            self.refuse[path] -= 1
            return {"content": f"{path} cannot be used just now.", "is_error": True}
        match name:
            case "list_files":
                return {"content": self.listing()}
            case "read_file":
                return {"content": self.files[path]}
            case "write_file":
                self.files[path] = values["content"]
            case "replace_in_file":
                assert self.files[path].count(values["old"]) == 1
                self.files[path] = self.files[path].replace(values["old"], values["new"])
            case "publish_version":
                url = "http://sites.test/s/"
                return {"content": json.dumps({"version": 1, "url": url, "version_url": url})}
        return {"content": "Done."}


async def work(client: AsyncAnthropic, role: str, text: str, folder: Folder) -> str:
    """Let one agent work in `folder` until it ends its turn; return its last words."""
    tools = (PUBLISH,) if role == "devops" else FILE_TOOLS
    parameters = question(role, text)
    parameters["tools"] = [tool.specification for tool in tools]
    for _ in range(20):
        answer = await ask(client, **parameters)
        if answer.stop_reason == "end_turn":
            return text_of(answer)
        assert answer.stop_reason == "tool_use"
        parameters["messages"] += [
            {"role": "assistant", "content": [b.to_dict() for b in answer.content]},
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": block.id,
                        **folder.use(block.name, dict(block.input)),
                    }
                    for block in answer.content
                    if block.type == "tool_use"
                ],
            },
        ]
    raise AssertionError(f"{role} does not come to an end")


async def build(client: AsyncAnthropic, request_text: str) -> Folder:
    """Plan, design and write the app for a request."""
    plan = await ask(client, **question("orchestrator", brief(request=request_text, files="none")))
    planned = in_words(Plan.model_validate_json(text_of(plan)))
    spec = await ask(client, **question("designer", brief(request=request_text, plan=planned)))
    folder = Folder()
    await work(
        client,
        "frontend",
        brief(request=request_text, design=text_of(spec), files=folder.listing()),
        folder,
    )
    return folder


async def change(client: AsyncAnthropic, request_text: str, folder: Folder) -> str:
    """Change the app in `folder`; return the frontend's last words."""
    opening = brief(request=request_text, design="none", files=folder.listing())
    return await work(client, "frontend", opening, folder)


def calls(server: FakeClaude) -> list[dict[str, Any]]:
    """What the stand-in was asked, in order."""
    return server.journal.as_json()
