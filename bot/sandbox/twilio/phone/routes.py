"""What the phone page and its client ask of the stand-in: the conversation, live, and saying."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    render_template,
    request,
    send_from_directory,
)
from werkzeug.exceptions import BadRequest

from bot.sandbox.twilio.broker import Broker
from bot.sandbox.twilio.contents import LIMITS, Interaction, Option
from bot.sandbox.twilio.link_previews import LinkPreviews
from bot.sandbox.twilio.messages import (
    BODY_LIMIT,
    MESSAGE_SID,
    USER,
    Attachment,
    Location,
    length,
    new_sid,
)

PAGE = Path(__file__).parent / "page"
TEMPLATE = "index.html"
HEARTBEAT_SECONDS = 10.0
MESSAGE_TYPE = re.compile(r"[a-z][a-z_]{0,29}")
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:* http://*.localhost:*; "
    "media-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def phone(broker: Broker, previews: LinkPreviews | None, *, has_page: bool = True) -> Blueprint:
    """The phone; without a page of its own it is part of one that extends `index.html`."""
    routes = Blueprint("phone", __name__, template_folder="page")

    if has_page:

        @routes.get("/")
        def page() -> Response:
            return _protected(Response(render_template(TEMPLATE)))

    @routes.get("/<file>")
    def part(file: str) -> Response:
        if file == TEMPLATE:
            abort(404)
        return _protected(send_from_directory(PAGE, file))

    @routes.get("/phone/conversation")
    def conversation() -> Response:
        messages = broker.store.conversation(_user(request.args.get("with")))
        return jsonify([message.as_bubble() for message in messages])

    @routes.get("/phone/preview")
    def preview() -> Response:
        found = previews.preview(request.args.get("url", "")) if previews else None
        return jsonify(asdict(found) if found else None)

    @routes.post("/phone/messages")
    def say() -> tuple[Response, int]:
        said = request.get_json()
        if not isinstance(said, dict):
            raise BadRequest("Send a JSON object with from and body.")
        body, sid = said.get("body"), said.get("message_sid") or new_sid()
        attachments, location = _attachments(said.get("attachment")), _location(said)
        message_type = _message_type(said.get("message_type"))
        brings = attachments or location or message_type or broker.store.attachments(str(sid))
        if not isinstance(body, str) or not (brings or body.strip()):
            raise BadRequest("body must be a text.")
        if length(body) > BODY_LIMIT:
            raise BadRequest(f"A message has at most {BODY_LIMIT} characters.")
        if not isinstance(sid, str) or not MESSAGE_SID.fullmatch(sid):
            raise BadRequest("message_sid must be SM followed by 32 hexadecimal digits.")
        message = broker.receive(
            sender=_user(said.get("from")),
            body=body,
            profile_name=str(said.get("profile_name") or "Somebody"),
            sid=sid,
            tapped=_tapped(said.get("tapped")),
            attachments=attachments,
            location=location,
            quoted=str(said.get("quoted") or ""),
            message_type=message_type,
        )
        return jsonify(message.as_bubble()), 201

    @routes.get("/phone/events")
    def events() -> Response:
        user = _user(request.args.get("with"))
        last_seen = request.headers.get("Last-Event-ID", "")
        return Response(
            _stream(broker, user, last_seen),
            mimetype="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @routes.errorhandler(BadRequest)
    def refuse(error: BadRequest) -> tuple[Response, int]:
        return jsonify(message=error.description), 400

    return routes


def _protected(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _stream(broker: Broker, user: str, last_seen: str) -> Iterator[str]:
    """Yield server-sent events for ever: `hello`, what changed since `last_seen`, `ready`, news.

    An event's id is the history's epoch and the message's revision; another epoch replays all.
    """
    epoch, _, revision_seen = last_seen.partition("-")
    same = epoch == broker.store.epoch and revision_seen.isdecimal()
    revision, typing = int(revision_seen) if same else 0, False
    hello = {"epoch": broker.store.epoch, "bot": broker.account.whatsapp_from}
    yield f"retry: 1000\nevent: hello\ndata: {json.dumps(hello)}\n\n"
    changes, ready = broker.store.changes(user, revision), False
    while not broker.stopped:
        for message in changes:
            revision = message.revision
            yield f"id: {broker.store.epoch}-{revision}\n"
            yield f"event: message\ndata: {json.dumps(message.as_bubble())}\n\n"
        if not ready:
            ready = True
            yield "event: ready\ndata: {}\n\n"
        seconds = broker.typing_seconds(user)
        if typing != (seconds > 0):
            typing = seconds > 0
            yield f"event: typing\ndata: {json.dumps({'seconds': round(seconds, 1)})}\n\n"
        elif not changes:
            yield ": still here\n\n"
        changes = broker.wait_for_changes(user, revision, typing=typing, seconds=HEARTBEAT_SECONDS)


def _tapped(tap: object) -> Interaction | None:
    """The button or item that was tapped: its kind, id and title."""
    if tap is None:
        return None
    if not isinstance(tap, dict) or tap.get("kind") not in LIMITS:
        raise BadRequest("tapped must have a kind, an id and a title.")
    option = Option(id=str(tap.get("id", "")), title=str(tap.get("title", "")))
    return Interaction(kind=tap["kind"], options=(option,), replied_sid=str(tap.get("sid") or ""))


def _attachments(attached: object) -> tuple[Attachment, ...]:
    """The file that was chosen, its content in base64."""
    if attached is None:
        return ()
    try:
        kind, data = _object(attached)["content_type"], _object(attached)["data"]
        content = base64.b64decode(data, validate=True)
    except (TypeError, KeyError, ValueError, binascii.Error):
        raise BadRequest("attachment must have a content_type and data in base64.") from None
    return (Attachment(sid=new_sid("ME"), content_type=str(kind), content=content),)


def _object(told: object) -> dict[str, Any]:
    """What must be a JSON object. Raises `TypeError` if it is none."""
    if not isinstance(told, dict):
        raise TypeError
    return told


def _location(said: dict[str, object]) -> Location | None:
    place = said.get("location")
    if place is None:
        return None
    try:
        return Location(**_object(place))
    except TypeError:
        raise BadRequest("location must have a latitude and a longitude.") from None


def _message_type(told: object) -> str:
    """What WhatsApp calls the message where that is to be told: a sticker, a reaction, a poll."""
    if told is None:
        return ""
    if not isinstance(told, str) or not MESSAGE_TYPE.fullmatch(told):
        raise BadRequest("message_type must be a word of small letters.")
    return told


def _user(address: object) -> str:
    if not isinstance(address, str) or not USER.fullmatch(address):
        raise BadRequest("The address must look like whatsapp:+15550100 or whatsapp:US.abc123.")
    return address
