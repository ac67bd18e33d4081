"""A document of an app's collection, wherever it is kept."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document as it is now. `is_own` tells that the visitor may change it in any case."""

    document_id: str
    data: Mapping[str, object]
    created_at: datetime
    updated_at: datetime
    is_own: bool


def make_document_id() -> str:
    """Milliseconds and 80 random bits: sorted by time, and not to be guessed."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
