"""Where the stand-in keeps messages: SQLite, in a file or in memory, written through."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

from bot.sandbox.twilio.contents import Interaction
from bot.sandbox.twilio.messages import Attachment, Direction, FakeMessage, Status, new_sid, now
from telemetry.named_sql import statements

Values = Mapping[str, str | int | bytes | None]


class Store:
    """Every message so far. Safe for threads; each method is one transaction."""

    def __init__(self, file: Path | None) -> None:
        self._sql = statements("bot.sandbox.twilio", "store.sql")
        self._lock = RLock()
        self._connection = sqlite3.connect(
            file or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma busy_timeout = 5000")
        for name in self._sql:
            if name.startswith("create_"):
                self._run(name, {})
        self._run("begin_epoch", {"name": new_sid("")})
        self._run("fail_interrupted", {"now": now().isoformat()})
        self.epoch: str = self._run("read_epoch", {})[0]["name"]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def clear(self) -> None:
        """Forget every message, file and Content."""
        with self._lock:
            for name in self._sql:
                if name.startswith("clear_"):
                    self._run(name, {})

    def insert(
        self,
        *,
        sid: str,
        direction: Direction,
        sender: str,
        recipient: str,
        body: str,
        status: Status,
        media: tuple[str, ...] = (),
        status_callback: str | None = None,
        profile_name: str | None = None,
        interaction: Interaction | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> FakeMessage:
        """Store a message, or return the one that is there under its sid."""
        values = {
            "sid": sid,
            "direction": direction,
            "sender": sender,
            "recipient": recipient,
            "body": body,
            "media": json.dumps(media),
            "status": status,
            "status_callback": status_callback,
            "profile_name": profile_name,
            "now": now().isoformat(timespec="microseconds"),
        }
        with self._lock:
            if interaction is not None:
                details = json.dumps(asdict(interaction))
                self._run("insert_interaction", {"sid": sid, "details": details})
            if fields:
                self._run("insert_fields", {"sid": sid, "fields": json.dumps(fields)})
            self._run("insert_message", values)
            return self._one(sid)

    def set_status(
        self, sid: str, status: Status, *, code: int | None = None, reason: str | None = None
    ) -> FakeMessage:
        values = {
            "sid": sid,
            "status": status,
            "error_code": code,
            "error_message": reason,
            "now": now().isoformat(timespec="microseconds"),
        }
        with self._lock:
            self._run("set_status", values)
            return self._one(sid)

    def insert_attachment(self, message_sid: str, attachment: Attachment) -> None:
        """Store a file of a message that is about to be stored."""
        values: Values = {
            "sid": attachment.sid,
            "message_sid": message_sid,
            "content_type": attachment.content_type,
            "content": attachment.content,
        }
        self._run("insert_attachment", values)

    def attachments(self, message_sid: str) -> list[Attachment]:
        """Read the files of a message, in order."""
        return list(map(_attachment, self._run("list_attachments", {"message_sid": message_sid})))

    def find_attachment(self, sid: str) -> Attachment | None:
        rows = self._run("find_attachment", {"sid": sid})
        return _attachment(rows[0]) if rows else None

    def insert_content(self, sid: str, resource: Mapping[str, object]) -> None:
        """Store a Content as the API shows it."""
        self._run("insert_content", {"sid": sid, "resource": json.dumps(resource)})

    def find_content(self, sid: str) -> dict[str, Any] | None:
        """Read a Content as the API shows it."""
        rows = self._run("find_content", {"sid": sid})
        return json.loads(rows[0]["resource"]) if rows else None

    def find(self, sid: str) -> FakeMessage | None:
        messages = self._messages("find_message", {"sid": sid})
        return messages[0] if messages else None

    def changes(self, user: str, revision: int) -> list[FakeMessage]:
        """Read what changed in the conversation after `revision`, oldest change first."""
        return self._messages("list_changes", {"user": user, "revision": revision})

    def conversation(self, user: str) -> list[FakeMessage]:
        return self._messages("list_conversation", {"user": user})

    def travelling(self) -> list[FakeMessage]:
        """Messages to users that have neither been read nor failed."""
        return self._messages("list_travelling", {})

    def page(
        self,
        *,
        sender: str | None,
        recipient: str | None,
        date_sent: str | None,
        sent_after: str | None,
        sent_before: str | None,
        older_than: str | None,
        page_size: int,
    ) -> list[FakeMessage]:
        """Read one page of the list, newest first; dates as YYYY-MM-DD[Thh:mm:ss], inclusive."""
        values = {
            "sender": sender,
            "recipient": recipient,
            "date_sent": date_sent,
            "sent_after": sent_after,
            "sent_before": sent_before,
            "older_than": older_than,
            "page_size": page_size,
        }
        return self._messages("list_page", values)

    def _run(self, name: str, values: Values) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(self._sql[name], dict(values)).fetchall()

    def _messages(self, name: str, values: Values) -> list[FakeMessage]:
        return [_message(row) for row in self._run(name, values)]

    def _one(self, sid: str) -> FakeMessage:
        return self._messages("find_message", {"sid": sid})[0]


def _attachment(row: sqlite3.Row) -> Attachment:
    return Attachment(
        sid=row["sid"], content_type=row["content_type"], content=bytes(row["content"])
    )


def _message(row: sqlite3.Row) -> FakeMessage:
    return FakeMessage(
        position=row["position"],
        revision=row["revision"],
        sid=row["sid"],
        direction=row["direction"],
        sender=row["sender"],
        recipient=row["recipient"],
        body=row["body"],
        media=tuple(json.loads(row["media"])),
        status=row["status"],
        error_code=row["error_code"],
        error_message=row["error_message"],
        status_callback=row["status_callback"],
        profile_name=row["profile_name"],
        interaction=Interaction.parse(row["details"]),
        fields=json.loads(row["fields"] or "{}"),
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        sent_at=datetime.fromisoformat(row["sent_at"]) if row["sent_at"] else None,
    )
