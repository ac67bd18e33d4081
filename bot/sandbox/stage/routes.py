"""What the stage's page asks of the demo: itself, live fragments, documents, the app, faults."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import get_args
from urllib.parse import quote
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    render_template,
    request,
    send_from_directory,
    stream_with_context,
)

from bot.collections.api import PREFIX
from bot.collections.schemas import DEFINITIONS
from bot.requests.identity import address_key
from bot.sandbox.stage.controls import Controls
from bot.sandbox.stage.faults import FaultName, Faults
from bot.sandbox.stage.frame import TriedCollections, file_response, origin_beside
from bot.sandbox.stage.handoffs import sheet_of
from bot.sandbox.stage.people import PEOPLE, person_at
from bot.sandbox.stage.reading import Facts, StageReader
from bot.sandbox.stage.regions import DemoSettings, draw_regions, view
from bot.sandbox.twilio.messages import USER
from bot.settings.groups import IdentitySettings
from bot.sites.file_types import CONTENT_TYPES, file_type

LOOK_SECONDS = 0.4  # between two looks at the database
HEARTBEAT_SECONDS = 5.0
STATIC = Path(__file__).parent / "static"
SHARED = Path(str(files("bot") / "web" / "static"))  # tokens.css and base.css: all pages' look
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:* http://*.localhost:*; "
    "frame-src 'self' http://127.0.0.1:* http://localhost:*; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
APP = "/stage/app/<uuid:project_id>/<version>/<state>"  # as files change, so does its state
WRITTEN_LATER = (".js", ".css")  # files that a page may name before they are there
MEMORIES = {"usual": None, "12000": 12_000, "8000": 8_000}


@dataclass(frozen=True, kw_only=True)
class StageContext:
    """What the routes work with."""

    reader: StageReader
    keys: IdentitySettings
    demo: DemoSettings
    controls: Controls
    faults: Faults
    is_over: Callable[[], bool]


def stage(context: StageContext) -> Blueprint:
    """The page at `/`, and what it needs below `/stage`."""
    routes = Blueprint("stage", __name__, template_folder="templates")
    tried = TriedCollections()

    @routes.after_request
    def protect(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers.setdefault("Cache-Control", "no-cache")
        return answer

    @routes.get("/")
    def page() -> str:
        address = _address()
        return render_template("stage.html", people=PEOPLE, **_shown(context, address))

    @routes.get("/both")
    def both() -> str:
        return render_template("both.html", people=PEOPLE)

    @routes.get("/stage/<file>")
    def static_file(file: str) -> Response:
        folder = SHARED if file in {"tokens.css", "base.css"} else STATIC
        return send_from_directory(folder, file)

    @routes.get("/stage/events")
    def events() -> Response:
        address = _address()
        return Response(
            stream_with_context(_stream(context, address)),
            mimetype="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @routes.get("/stage/handoff/<uuid:handoff_id>")
    def handoff(handoff_id: UUID) -> str:
        found = context.reader.handoff(_key(context, _address()), handoff_id)
        if found is None:
            abort(404)
        return render_template("handoff.html", **sheet_of(found))

    @routes.get(f"{APP}/<path:path>")
    def app_file(project_id: UUID, version: str, state: str, path: str) -> Response:
        number = _number(version)
        content = context.reader.file(project_id, path, number)
        if content is None and number is None and path.endswith(WRITTEN_LATER):
            content = b""  # of a draft that names it already
        if content is None or file_type(path) not in CONTENT_TYPES:
            abort(404)
        own = f"{request.host_url}stage/app/{project_id}/{quote(version)}/{quote(state)}/"
        return file_response(content, path, own)

    @routes.route(f"{APP}/{PREFIX}<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    def app_collections(project_id: UUID, version: str, state: str, path: str) -> Response:
        number = _number(version)
        definitions = context.reader.file(project_id, DEFINITIONS, number)
        return tried.answer((project_id, number), definitions, path, request)

    @routes.post("/stage/break/<name>")
    def cause(name: FaultName) -> Response:
        if name not in get_args(FaultName):
            abort(404)
        context.faults.cause(name, _address(), context.reader.now())
        return _back()

    @routes.post("/stage/pace/<pace>")
    def set_pace(pace: str) -> Response:
        context.controls.set_pace(is_real=pace == "claude")
        return _back()

    @routes.post("/stage/memory/<memory>")
    def set_memory(memory: str) -> Response:
        if memory not in MEMORIES:
            abort(404)
        context.controls.set_memory(MEMORIES[memory])
        return _back()

    return routes


def _number(version: str) -> int | None:
    """The number of a version; None for the draft."""
    return int(version) if version.isdecimal() else None


def _address() -> str:
    address = request.args.get("as", PEOPLE[0].address)
    if not USER.fullmatch(address):
        abort(400)
    return address


def _back() -> Response:
    """Where the form was; the script that sends it itself needs no more than that it went well."""
    if request.headers.get("X-Requested-With") == "fetch":
        return Response(status=204)
    return Response(status=303, headers={"Location": f"/?as={request.args.get('as', '')}"})


def _key(context: StageContext, address: str) -> str:
    return address_key(context.keys, address)


def _shown(context: StageContext, address: str) -> dict[str, object]:
    reader, key = context.reader, _key(context, address)
    facts: Facts | None = reader.facts(key)
    now = facts.scene.seen_at if facts else reader.now()
    began = context.faults.told_since(address, now)
    aftermath = reader.aftermath(key, began) if began else None
    return {
        **view(
            facts,
            address=address,
            demo=context.demo,
            faults=context.faults,
            controls=context.controls,
            effects=context.faults.effects(address, facts, aftermath, now) if aftermath else [],
            frames_at=origin_beside(request.host_url),
        ),
        "person": person_at(address),
    }


def _stream(context: StageContext, address: str) -> Iterator[str]:
    """Yield each region when it looks different from what the page has, for ever."""
    sent: dict[str, bytes] = {}
    quiet_since = time.monotonic()
    yield "retry: 1000\n\n"
    while not context.is_over():
        for name, html in draw_regions(_shown(context, address)).items():
            digest = hashlib.sha256(html.encode()).digest()
            if sent.get(name) != digest:
                sent[name] = digest
                quiet_since = time.monotonic()
                yield f"event: fragment\ndata: {json.dumps({'id': name, 'html': html})}\n\n"
        if time.monotonic() - quiet_since > HEARTBEAT_SECONDS:
            quiet_since = time.monotonic()
            yield "event: alive\ndata: {}\n\n"
        time.sleep(LOOK_SECONDS)
