"""A request to `POST /v1/messages` and `/count_tokens`, typed and checked as the real API does."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from bot.sandbox.claude.catalogue import find_model
from bot.sandbox.claude.documents import MOST_PAGES, Pdf, read_pdf
from bot.sandbox.claude.problems import ApiProblem, invalid
from bot.sandbox.claude.schemas import check_strict_schema, check_tool_schema

MAX_BREAKPOINTS = 4


class CacheControl(BaseModel):
    """A mark: everything up to here is to be kept in the prompt cache."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


def _as_blocks(content: object) -> object:
    """A plain string is short for one text block; an empty one for none."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content


class PictureSource(BaseModel):
    """A picture's bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["base64"]
    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: str

    @field_validator("data")
    @classmethod
    def _is_base64(cls, data: str) -> str:
        b64decode(data, validate=True)
        return data


class DocumentSource(BaseModel):
    """A PDF's bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["base64"]
    media_type: Literal["application/pdf"]
    data: str

    @field_validator("data")
    @classmethod
    def _is_a_pdf(cls, data: str) -> str:
        read_pdf(data)
        return data


class Block(BaseModel):
    """One piece of content; which fields must be there depends on `type`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    text: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, object] | None = None
    tool_use_id: str | None = None
    content: "Annotated[list[Block], BeforeValidator(_as_blocks)] | None" = None
    is_error: bool | None = None
    source: Annotated[PictureSource | DocumentSource, Field(discriminator="media_type")] | None = (
        None
    )
    title: str | None = Field(default=None, min_length=1, max_length=500)
    cache_control: CacheControl | None = None

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        if self.type == "text" and not (self.text or "").strip():
            raise ValueError("text content blocks must be non-empty")
        if self.type == "tool_use" and (not self.id or not self.name or self.input is None):
            raise ValueError("tool_use blocks need id, name and input")
        if self.type == "tool_result" and not self.tool_use_id:
            raise ValueError("tool_result blocks need tool_use_id")
        if self.type == "thinking" and not (self.model_extra or {}).get("signature"):
            raise ValueError("thinking blocks need a signature")
        if self.type == "image" and not isinstance(self.source, PictureSource):
            raise ValueError("image blocks need a source")
        if self.type == "document" and not isinstance(self.source, DocumentSource):
            raise ValueError("document blocks need a source")
        return self

    @property
    def pictures(self) -> int:
        """How many pictures it shows."""
        return (self.type == "image") + sum(part.pictures for part in self.content or ())

    @property
    def pdfs(self) -> "list[Pdf]":
        """The PDFs that it shows."""
        own = [read_pdf(self.source.data)] if isinstance(self.source, DocumentSource) else []
        return own + [pdf for part in self.content or () for pdf in part.pdfs]


Blocks = Annotated[list[Block], BeforeValidator(_as_blocks)]


class RequestMessage(BaseModel):
    """One turn of the conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["user", "assistant"]
    content: Blocks


class RequestTool(BaseModel):
    """A tool that the model may call."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")
    input_schema: dict[str, object]
    strict: bool | None = None
    cache_control: CacheControl | None = None


class OutputFormat(BaseModel):
    """The JSON schema that the answer must fill."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    type: Literal["json_schema"]
    json_schema: dict[str, object] = Field(alias="schema")


class OutputConfig(BaseModel):
    """How the answer is to look."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: OutputFormat | None = None


class ToolChoice(BaseModel):
    """Whether tools may or must be used."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: Literal["auto", "any", "tool", "none"]


class MessagesRequest(BaseModel):
    """The body of a request, with every parameter of the SDK that the stand-in accepts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    messages: list[RequestMessage] = Field(min_length=1)
    max_tokens: int = Field(default=1, ge=1)
    system: Blocks = Field(default_factory=list)
    tools: list[RequestTool] = Field(default_factory=list)
    tool_choice: ToolChoice | None = None
    output_config: OutputConfig | None = None
    cache_control: CacheControl | None = None
    stream: bool = False
    stop_sequences: list[str] = Field(default_factory=list)
    metadata: dict[str, object] | None = None
    thinking: dict[str, object] | None = None
    service_tier: str | None = None


def read_request(body: bytes, *, needs_max_tokens: bool) -> MessagesRequest:
    """Parse and check a body; raises `ApiProblem` (400, or 404 for an unknown model)."""
    try:
        request = MessagesRequest.model_validate_json(body)
    except ValidationError as error:
        raise _first_error(error) from None
    model = find_model(request.model)
    if needs_max_tokens and "max_tokens" not in request.model_fields_set:
        raise invalid("max_tokens: Field required")
    if request.max_tokens > model.max_output:
        raise invalid(
            f"max_tokens: {request.max_tokens} > {model.max_output}, which is the maximum allowed "
            f"number of output tokens for {model.id}"
        )
    forced = request.tool_choice is not None and request.tool_choice.type in {"any", "tool"}
    if forced and not model.forced_tool_use:
        raise invalid(f"tool_choice: forced tool use is not supported on {model.id}")
    _check_turns(request.messages)
    _check_documents(request.messages)
    _check_breakpoints(request)
    if request.output_config and request.output_config.format:
        check_strict_schema(request.output_config.format.json_schema, "output_config.format.schema")
    names = [tool.name for tool in request.tools]
    if len(set(names)) < len(names):
        raise invalid("tools: Tool names must be unique.")
    for number, tool in enumerate(request.tools):
        check_tool_schema(tool.input_schema, f"tools.{number}.custom.input_schema")
        if tool.strict:
            check_strict_schema(tool.input_schema, f"tools.{tool.name}.input_schema")
    return request


def _first_error(error: ValidationError) -> ApiProblem:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    return invalid(f"{where}: {what}" if where else what)


def _check_turns(messages: Sequence[RequestMessage]) -> None:
    if messages[0].role != "user":
        raise invalid("messages: first message must use the user role")
    if messages[-1].role == "assistant":
        raise invalid("messages: the conversation must end with a user message (no prefill)")
    waiting: set[str] = set()
    for number, message in enumerate(messages):
        if not message.content:
            raise invalid(f"messages.{number}: all messages must have non-empty content")
        results = {b.tool_use_id or "" for b in message.content if b.type == "tool_result"}
        if unexpected := results - waiting:
            raise invalid(
                f"messages.{number}: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{', '.join(sorted(unexpected))}. Each `tool_result` block must have a "
                "corresponding `tool_use` block in the previous message."
            )
        if missing := waiting - results:
            raise invalid(
                f"messages.{number - 1}: `tool_use` ids were found without `tool_result` blocks "
                f"immediately after: {', '.join(sorted(missing))}. Each `tool_use` block must "
                "have a corresponding `tool_result` block in the next message."
            )
        waiting = {b.id or "" for b in message.content if b.type == "tool_use"}


def _check_documents(messages: Sequence[RequestMessage]) -> None:
    pages = 0
    for number, message in enumerate(messages):
        for block in message.content:
            if block.type == "document" and message.role == "assistant":
                raise invalid(f"messages.{number}: document blocks are for the user's messages")
            pages += sum(pdf.pages for pdf in block.pdfs)
    if pages > MOST_PAGES:
        raise invalid(f"A maximum of {MOST_PAGES} PDF pages may be provided.")


def _check_breakpoints(request: MessagesRequest) -> None:
    marked: list[Block | RequestTool] = [*request.tools, *request.system]
    marked += [block for message in request.messages for block in message.content]
    count = sum(part.cache_control is not None for part in marked)
    count += request.cache_control is not None
    if count > MAX_BREAKPOINTS:
        raise invalid(
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {count}."
        )
