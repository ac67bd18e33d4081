"""What a request tells the scripted crew: who is asked, for what, and what has been done so far."""

import re
from base64 import b64decode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise

from bot.sandbox.claude.messages import Block, MessagesRequest, PictureSource, RequestMessage

TAKES_OVER = "You take over from"  # the first words of a successor's brief in the same role
PICTURED = "The app on a "  # the first words before a picture of the app
_TITLE = re.compile(r"^Title: (.+)$", re.M)
_ROLE = re.compile(r"# Role: (\w+)")
_CHANGE = re.compile(r"<change>(.*?)</change>", re.S)
_LATER = re.compile(r"<later_messages>\n(.*?)\n</later_messages>", re.S)
_REQUIREMENT = re.compile(
    r"^(\d+)\. \[\w+, ([^\]]+)\] (.*?)(?=^\d+\. \[|^Cannot be built|^Nobody had given|\Z)",
    re.M | re.S,
)
_FILE = re.compile(r"^=== (\S+)\n", re.M)
_CUT = re.compile(r"^\[(?:cut: |no room for )", re.M)
_PAPERS = re.compile(r"<papers>\n(.*?)\n</papers>", re.S)
_TOLD_PAPER = re.compile(r"^=== (\S+)(?: \(\d+ pages\))?\n", re.M)
_NO_WORDS_OF_IT = re.compile(r"^\[(?:page \d+|cut: [^\]\n]*|no room for [^\]\n]*)\]\n?", re.M)
_NUMBERED = re.compile(r"^\d+\. (.+)$", re.M)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A tool call that has its result, in the message of that number."""

    at: int
    tool: str
    input: dict[str, object]
    result: str
    failed: bool

    def concerns(self, tool: str, path: str | None) -> bool:
        return self.tool == tool and (path is None or self.input.get("path") == path)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the user wrote while the work was under way, and in which message it came."""

    words: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A request as the crew sees it. `turn` is the number of the answer that is asked for.

    `question` is the latest text of the other side, `shown` all of it, `form` the title of the
    schema that the answer must fill (empty for free text), `schemas` what its tools take.
    `findings` are why the work was sent back the last time, `instructions` the system prompt,
    `pictures` the latest of the app, by the words that name them, `papers` what the
    user's papers say, by their paths.
    """

    role: str
    first_line: str
    opening: str
    turn: int
    steps: Sequence[Step]
    question: str = ""
    form: str = ""
    shown: str = ""
    schemas: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    findings: str = ""
    steps_before_findings: int = 0
    changes: Sequence[Change] = ()
    instructions: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    papers: Mapping[str, str] = field(default_factory=dict)

    @property
    def tools(self) -> Collection[str]:
        """The names of the tools that it may use."""
        return self.schemas.keys()

    @property
    def takes_over(self) -> bool:
        """Whether somebody of the same role began this work."""
        return _is_taken_over(self.opening)

    def finished(self) -> str:
        """The items that are closed, one a line."""
        return self.tagged("finished_items")

    def tagged(self, name: str) -> str:
        """The text inside `<name>…</name>` of the opening, or an empty string."""
        found = re.search(rf"<{name}>(.*?)</{name}>", self.opening, re.S)
        return unescape(found[1]).strip() if found else ""

    @property
    def planned_title(self) -> str:
        """The app's name by its plan, or an empty string."""
        found = _TITLE.search(self.tagged("plan"))
        return found[1] if found else ""

    @property
    def requirements(self) -> "Mapping[int, str]":
        """What is asked of the app by number, without what cannot be built and what is missing."""
        listed = _REQUIREMENT.findall(self.tagged("requirements"))
        return {
            int(number): words.strip() for number, state, words in listed if state != "left out"
        }

    @property
    def sources(self) -> Mapping[str, str]:
        """The files that are whole in the opening, by path, to the letter."""
        found = re.search(r"<sources>\n(.*?)\n</sources>", self.opening, re.S)
        pieces = _FILE.split(found[1])[1:] if found else []
        texts = zip(pieces[::2], pieces[1::2], strict=True)
        return {path: text for path, text in texts if not _CUT.search(text)}

    def instructed(self, name: str) -> str:
        """The text inside `<name>…</name>` of the system prompt, or an empty string."""
        found = re.search(rf"^<{name}>$(.*?)^</{name}>$", self.instructions, re.S | re.M)
        return unescape(found[1]).strip() if found else ""

    @property
    def mending(self) -> Sequence[Step]:
        """What was done since the work was sent back."""
        return self.steps[self.steps_before_findings :]

    def last(self, tool: str, path: str | None = None) -> Step | None:
        """The latest step with that tool (on that file) that succeeded."""
        done = [step for step in self.steps if step.concerns(tool, path) and not step.failed]
        return done[-1] if done else None

    def failures(self, tool: str, path: str | None = None) -> list[Step]:
        return [step for step in self.steps if step.concerns(tool, path) and step.failed]


def read_conversation(request: MessagesRequest) -> Conversation:
    """Read a request; a system prompt without a role makes an empty `role`."""
    system = "\n".join(block.text or "" for block in request.system)
    first_line = system.strip().partition("\n")[0]
    role = _ROLE.fullmatch(first_line.strip())
    steps = _steps(request.messages)
    findings, before = _findings(request)
    return Conversation(
        role=role[1] if role else "",
        first_line=first_line,
        instructions=system,
        opening="\n".join(block.text or "" for block in request.messages[0].content),
        turn=1 + sum(message.role == "assistant" for message in request.messages),
        steps=steps,
        findings=findings,
        steps_before_findings=before,
        question=_last_text(request),
        form=_form(request),
        shown=_shown(request),
        changes=_changes(request),
        pictures=_pictures(request),
        papers=_papers(request),
        schemas={tool.name: tool.input_schema for tool in request.tools},
    )


def _is_taken_over(opening: str) -> bool:
    """Whether a successor is told so, behind what the user sent."""
    return re.search(rf"^{TAKES_OVER}", opening, re.M) is not None


def _findings(request: MessagesRequest) -> tuple[str, int]:
    """Why the work was sent back the last time, and how many steps were taken before.

    Who hands in with a tool reads it behind the results of the same turn.
    """
    for number in reversed(range(len(request.messages))):
        for block in request.messages[number].content:
            if block.type == "text" and "<findings>" in (block.text or ""):
                return unescape(block.text or ""), len(_steps(request.messages[: number + 1]))
    return "", 0


def _last_text(request: MessagesRequest) -> str:
    texts = [block.text for block in request.messages[-1].content if block.text]
    return texts[-1] if texts else ""


def _shown(request: MessagesRequest) -> str:
    blocks = (b for message in request.messages if message.role == "user" for b in message.content)
    return unescape("\n".join(_text_of(block) for block in blocks))


def _text_of(block: Block) -> str:
    read = "\n".join(pdf.text for pdf in block.pdfs)
    return "\n".join(filter(None, [block.text or _result_text(block), read]))


def _papers(request: MessagesRequest) -> dict[str, str]:
    """What papers say: those that are shown as they are, and those that are told as text."""
    papers: dict[str, str] = {}
    for message in request.messages:
        for block in message.content:
            if block.type == "document":
                papers[block.title or ""] = "\n".join(pdf.text for pdf in block.pdfs)
            for told in _PAPERS.findall(block.text or ""):
                pieces = _TOLD_PAPER.split(told)[1:]
                for path, text in zip(pieces[::2], pieces[1::2], strict=True):
                    papers.setdefault(path, unescape(_NO_WORDS_OF_IT.sub("", text)).strip())
    return papers


def _pictures(request: MessagesRequest) -> dict[str, bytes]:
    """The latest pictures of the app, each behind its name, wherever they are shown."""
    shown: dict[str, bytes] = {}
    for message in request.messages:
        blocks = [part for block in message.content for part in block.content or [block]]
        for label, picture in pairwise(blocks):
            if (label.text or "").startswith(PICTURED) and isinstance(
                picture.source, PictureSource
            ):
                shown[label.text or ""] = b64decode(picture.source.data)
    return shown


def _form(request: MessagesRequest) -> str:
    config = request.output_config
    return str(config.format.json_schema.get("title", "")) if config and config.format else ""


def _steps(messages: Sequence[RequestMessage]) -> list[Step]:
    calls: dict[str, Block] = {}
    steps = []
    for at, message in enumerate(messages):
        for block in message.content:
            if block.type == "tool_use" and block.id is not None:
                calls[block.id] = block
            elif block.type == "tool_result" and block.tool_use_id in calls:
                call = calls[block.tool_use_id]
                steps.append(
                    Step(
                        at=at,
                        tool=call.name or "",
                        input=call.input or {},
                        result=_result_text(block),
                        failed=bool(block.is_error),
                    )
                )
    return steps


def _changes(request: MessagesRequest) -> list[Change]:
    """What was written before this agent took over, and what came while it was at work."""
    first, *later = request.messages
    opening = "\n".join(block.text or "" for block in first.content)
    before = "".join(_LATER.findall(opening)[:1]) if _is_taken_over(opening) else ""
    told = [Change(words=unescape(words), at=0) for words in _NUMBERED.findall(before)]
    for at, message in enumerate(later, 1):
        for block in message.content:
            found = _CHANGE.search(block.text or "") if block.type == "text" else None
            if found and message.role == "user":
                told.append(Change(words=unescape(found[1]).strip(), at=at))
    return told


def _result_text(block: Block) -> str:
    return "\n".join(part.text or "" for part in block.content or [])
