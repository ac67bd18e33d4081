"""`/console/search`: one box for ids, beginnings of ids, Twilio's ids, error codes, phone numbers.

What may be a phone number, which is whatever has as many digits and is no whole id, is only ever
sent in a form: it is hashed in memory and looked up, and stands in no address, log or answer. So is
the beginning of an id that has as many.
"""

import re
from uuid import UUID

from flask import Blueprint, Response, abort, request, url_for
from psycopg import Connection

from bot.database.id_ranges import ids_beginning
from bot.operating.user_lookup import UnknownUser, named_address_key
from bot.settings.groups import IdentitySettings
from bot.web import sessions
from bot.web.answers import TOO_OLD
from bot.web.console.desk import Desk
from bot.web.console.rows import Row, row, rows
from bot.web.origin import is_from_another_site
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "search.sql")

MOST = 20  # of each kind

_HEX = re.compile(r"[0-9a-f]{4,32}")
_WHOLE_ID = re.compile(r"[0-9a-f]{32}")
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_AGENT = re.compile(r"[a-z_]+_v\d{1,3}_[0-9a-z]{6}")
_CODE = re.compile(r"\d{4,6}")
_DIGITS_OF_A_NUMBER = 7  # at least


def add_search(routes: Blueprint, desk: Desk) -> None:
    """Make the page, and the address that its box is sent to."""

    @routes.post("/search")
    def find() -> Response:
        demand_own_search()
        sought = request.form.get("q", "").strip()
        if not may_be_number(sought):
            return _to(url_for("console.search", q=sought))
        with desk.visit() as connection:
            user_id = _user_of(connection, desk.settings.identity, sought)
            if user_id is not None:
                return _to(url_for("console.user_page", user_id=user_id))
            hits = find_all(connection, sought)
        return _only_hit(hits) or desk.page("search.html", sought=None, hits=hits)

    @routes.get("/search")
    def search() -> Response:
        sought = request.args.get("q", "").strip()
        if may_be_number(sought):
            abort(400, "Type a phone number into the box, so that no address holds it.")
        with desk.visit() as connection:
            hits = find_all(connection, sought)
        return _only_hit(hits) or desk.page("search.html", sought=sought, hits=hits)


def demand_own_search() -> None:
    """Let no other site's page have somebody looked up; who is in no session shows a token."""
    if is_from_another_site(request.headers) or (sessions.current() and not sessions.is_own_form()):
        abort(403, TOO_OLD)


def may_be_number(sought: str) -> bool:
    """Whether it may be a phone number, however it is written and whatever was copied with it."""
    if sum(letter.isdigit() for letter in sought) < _DIGITS_OF_A_NUMBER:
        return False
    is_whole_id = _WHOLE_ID.fullmatch(sought.lower().replace("-", ""))
    return not (is_whole_id or _SID.fullmatch(sought) or _AGENT.fullmatch(sought))


def find_all(connection: Connection, sought: str) -> list[Row]:
    """All that this may be the id of, the latest first."""
    digits = sought.lower().replace("-", "")
    found: list[Row] = []
    if _HEX.fullmatch(digits) and (bounds := ids_beginning(digits)):
        first, last = bounds
        found += rows(connection, SQL["find_by_uuid"], first=first, last=last, limit=MOST)
        found += rows(connection, SQL["find_by_user_id"], digits=digits, limit=MOST)
    if len(digits) == 32:
        found += rows(connection, SQL["find_by_trace"], digits=digits)
    if _SID.fullmatch(sought):
        found += rows(connection, SQL["find_by_sid"], sid=sought)
    if _AGENT.fullmatch(sought):
        found += rows(connection, SQL["find_by_agent"], agent_id=sought)
    if _CODE.fullmatch(sought):
        found += rows(connection, SQL["find_by_error_code"], error_code=int(sought), limit=MOST)
    return sorted(found, key=lambda one: one["happened_at"], reverse=True)


def _user_of(connection: Connection, keys: IdentitySettings, named: str) -> str | None:
    try:
        key = named_address_key(keys, named)
    except UnknownUser:
        return None
    found = row(connection, SQL["find_holder"], address_key=key)
    return found["user_id"] if found else None


def _only_hit(hits: list[Row]) -> Response | None:
    """The way to where it is shown, if there is only one."""
    return _to(_place_of(hits[0])) if len(hits) == 1 else None


def _place_of(hit: Row) -> str:
    """Where a hit is shown: its request, or the user of what belongs to none."""
    request_id: UUID | None = hit["request_id"]
    if request_id is None:
        return url_for("console.user_page", user_id=hit["user_id"])
    part = next((part for word, part in _PARTS.items() if word in hit["what"]), None)
    return url_for("console.request_page", request_id=request_id, _anchor=part)


_PARTS = {"message": "messages", "handoff": "handoffs", "agent": "agents"}


def _to(address: str) -> Response:
    response = Response(status=303)
    response.location = address
    return response
