"""The frame in which an app is tried: its origin, what it may reach, what is forgotten."""

import json
from typing import Any
from uuid import UUID

from flask import Request
from werkzeug.test import EnvironBuilder

from bot.collections.room import MAX_DOCUMENTS
from bot.sandbox.stage import frame
from bot.sandbox.stage.frame import Tried, TriedCollections, file_response, origin_beside

DRAFT: Tried = (UUID(int=1), None)
PUBLISHED: Tried = (UUID(int=1), 1)
VOTES = json.dumps({"votes": {"type": "object", "properties": {"choice": {"type": "string"}}}})


def ask(tried: TriedCollections, app: Tried, path: str, *, document: object = None) -> Any:
    """What an app is answered that lists, or adds a document."""
    sent = {} if document is None else {"method": "POST", "json": document}
    request = Request(EnvironBuilder(**sent).get_environ())  # type: ignore[arg-type]
    answer = tried.answer(app, VOTES.encode(), path, request)
    return answer.status_code, answer.get_json()


def test_a_frame_is_of_another_origin_than_the_page_around_it() -> None:
    assert origin_beside("http://127.0.0.1:4711/") == "http://localhost:4711"
    assert origin_beside("http://localhost:4711/stage/app/") == "http://127.0.0.1:4711"


def test_an_app_reaches_itself_alone_and_only_the_stage_frames_it() -> None:
    own = "http://localhost:4711/stage/app/1/draft/abc/"
    policy = file_response(b"<h1>Hello</h1>", "index.html", own).headers["Content-Security-Policy"]

    parts = policy.split("; ")
    assert parts[0] == "sandbox allow-scripts allow-forms allow-same-origin"
    assert f"connect-src {own}" in parts
    assert "frame-ancestors http://127.0.0.1:4711" in parts


def test_what_is_entered_in_a_draft_is_not_in_what_is_published() -> None:
    tried = TriedCollections()
    status, added = ask(tried, DRAFT, "votes", document={"choice": "Yes"})
    assert (status, added["data"], added["may_change"]) == (201, {"choice": "Yes"}, True)

    assert len(ask(tried, DRAFT, "votes")[1]["documents"]) == 1
    assert ask(tried, PUBLISHED, "votes")[1]["documents"] == []
    assert ask(tried, DRAFT, "elsewhere")[0] == 404


def test_an_app_that_never_stops_writing_fills_no_memory() -> None:
    tried = TriedCollections()
    for _ in range(MAX_DOCUMENTS):
        ask(tried, DRAFT, "votes", document={})
    assert ask(tried, DRAFT, "votes", document={})[0] == 507


def test_of_many_apps_the_first_are_forgotten() -> None:
    tried = TriedCollections()
    for number in range(frame.APPS_KEPT + 1):
        ask(tried, (UUID(int=number), None), "votes", document={})
    assert ask(tried, (UUID(int=frame.APPS_KEPT), None), "votes")[1]["documents"]
    assert ask(tried, (UUID(int=0), None), "votes")[1]["documents"] == []


def test_definitions_that_are_not_written_yet_are_told_in_a_sentence() -> None:
    request = Request(EnvironBuilder().get_environ())
    answer = TriedCollections().answer(DRAFT, None, "votes", request)
    assert (answer.status_code, answer.get_json()["error"]) == (
        404,
        "This app's collections are not well defined yet.",
    )
