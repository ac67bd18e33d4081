"""Counting tokens and keeping account of the prompt cache, as the real API bills them.

A prompt is a row of pieces: answer format, tools, system blocks, blocks of the messages. A mark
(`cache_control`) on a piece keeps the prefix that ends there. A later request reads the longest
kept prefix that ends at one of its marks or at most 20 pieces before it, writes what lies between
that and its last mark, and pays the rest as plain input.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock

from pydantic import BaseModel

from bot.sandbox.claude.documents import read_pdf
from bot.sandbox.claude.messages import CacheControl, MessagesRequest
from bot.sandbox.claude.problems import Json

CHARACTERS_PER_TOKEN = 4
FULL_PICTURE_TOKENS = 1500  # of one of full size, and of a page of a PDF beside its text
LOOK_BACK = 20
LIFETIME_SECONDS = {"5m": 300.0, "1h": 3600.0}


def estimate_tokens(text: str) -> int:
    """A plausible number of tokens; never zero."""
    return max(1, math.ceil(len(text) / CHARACTERS_PER_TOKEN))


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of the prompt: its tokens, its mark, and the hash of the prompt up to its end."""

    tokens: int
    mark: CacheControl | None
    prefix: str


@dataclass(frozen=True, kw_only=True)
class PromptUsage:
    """How the tokens of a prompt are billed."""

    input_tokens: int
    cache_read_tokens: int
    written_5m_tokens: int
    written_1h_tokens: int

    @property
    def written_tokens(self) -> int:
        return self.written_5m_tokens + self.written_1h_tokens

    def as_json(self, output_tokens: int, thinking_tokens: int) -> Json:
        """The `usage` of a message."""
        return {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.written_tokens,
            "cache_read_input_tokens": self.cache_read_tokens,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.written_5m_tokens,
                "ephemeral_1h_input_tokens": self.written_1h_tokens,
            },
            "output_tokens": output_tokens,
            "output_tokens_details": {"thinking_tokens": thinking_tokens},
            "service_tier": "standard",
        }


def split_prompt(request: MessagesRequest) -> list[Piece]:
    """The pieces of a prompt in the order in which they are hashed; marks leave no trace in it."""
    parts = list(_parts(request))
    pieces: list[Piece] = []
    digest = hashlib.sha256(request.model.encode())
    for number, (place, text, mark) in enumerate(parts):
        digest.update(f"\0{place}\0{text}".encode())
        if request.cache_control is not None and number == len(parts) - 1:
            mark = mark or request.cache_control
        pieces.append(Piece(tokens=estimate_tokens(text), mark=mark, prefix=digest.hexdigest()))
    return pieces


def hash_frozen_part(request: MessagesRequest) -> str:
    """A hash of the tools and the system prompt: what should be the same in every turn."""
    parts = [text for place, text, _ in _parts(request) if place in {"tools", "system"}]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _parts(request: MessagesRequest) -> Iterator[tuple[str, str, CacheControl | None]]:
    if request.output_config and request.output_config.format:
        yield "format", _text(request.output_config.format), None
    for tool in request.tools:
        yield "tools", _text(tool), tool.cache_control
    for block in request.system:
        yield "system", _text(block), block.cache_control
    for message in request.messages:
        for block in message.content:
            yield message.role, _text(block), block.cache_control


def _text(part: BaseModel) -> str:
    values = _weighed(part.model_dump(mode="json", exclude={"cache_control"}, exclude_none=True))
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _weighed(value: object) -> object:
    """With every picture and PDF as long as the tokens it costs, not as its base64."""
    if isinstance(value, list):
        return [_weighed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "base64":
        data = str(value.get("data"))
        digest, pages, text = hashlib.sha256(data.encode()).hexdigest(), 1, ""
        if value.get("media_type") == "application/pdf":
            pdf = read_pdf(data)
            pages, text = pdf.pages, pdf.text
        width = pages * FULL_PICTURE_TOKENS * CHARACTERS_PER_TOKEN
        return {**value, "data": digest.ljust(width) + text}
    return {name: _weighed(item) for name, item in value.items()}


class PromptCache:
    """The prefixes that are kept, by hash; shared by all requests of the server."""

    def __init__(
        self, *, least_tokens: int = 1024, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prefixes below `least_tokens` are not kept; `clock` counts seconds."""
        self._least_tokens = least_tokens
        self._clock = clock
        self._expiry: dict[str, float] = {}
        self._lock = Lock()

    def clear(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._expiry.clear()

    def settle(self, pieces: list[Piece]) -> PromptUsage:
        """Read and write the cache for one prompt that is being answered."""
        with self._lock:
            return self._settle(pieces)

    def _settle(self, pieces: list[Piece]) -> PromptUsage:
        now = self._clock()
        ends = _running_totals(pieces)
        marks = [
            (number, piece.mark)
            for number, piece in enumerate(pieces)
            if piece.mark is not None and ends[number] >= self._least_tokens
        ]
        read = self._longest_kept([number for number, _ in marks], pieces, ends, now)
        written = {"5m": 0, "1h": 0}
        reached = read
        for number, mark in marks:
            self._expiry[pieces[number].prefix] = now + LIFETIME_SECONDS[mark.ttl]
            written[mark.ttl] += max(0, ends[number] - reached)
            reached = max(reached, ends[number])
        return PromptUsage(
            input_tokens=(ends[-1] if ends else 0) - reached,
            cache_read_tokens=read,
            written_5m_tokens=written["5m"],
            written_1h_tokens=written["1h"],
        )

    def _longest_kept(
        self, marks: list[int], pieces: list[Piece], ends: list[int], now: float
    ) -> int:
        for mark in reversed(marks):
            for number in range(mark, max(-1, mark - LOOK_BACK - 1), -1):
                prefix = pieces[number].prefix
                if self._expiry.get(prefix, 0.0) > now:
                    self._expiry[prefix] = max(self._expiry[prefix], now + LIFETIME_SECONDS["5m"])
                    return ends[number]
        return 0


def _running_totals(pieces: list[Piece]) -> list[int]:
    total = 0
    ends = []
    for piece in pieces:
        total += piece.tokens
        ends.append(total)
    return ends
