"""The part of Twilio's REST API that the product uses: messages, typing, the account."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from hmac import compare_digest
from socket import SHUT_RDWR, socket
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MultiDict

from bot.sandbox.twilio.broker import Broker
from bot.sandbox.twilio.contents import Rendered, problem, render
from bot.sandbox.twilio.faults import Operation, TwilioFault
from bot.sandbox.twilio.media import media_routes
from bot.sandbox.twilio.messages import (
    API_VERSION,
    BODY_LIMIT,
    MESSAGE_SID,
    USER,
    length,
    new_sid,
)

DEFAULT_PAGE = 50
LARGEST_PAGE = 1000

_ACCOUNT = f"/{API_VERSION}/Accounts/<account_sid>"


class Refused(Exception):
    """Twilio does not accept the request."""

    def __init__(self, status: int, code: int | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def rest_api(broker: Broker) -> Blueprint:
    api = Blueprint("rest", __name__)

    @api.before_request
    def authenticate() -> None:
        given = request.authorization
        known = (broker.account.sid, broker.account.auth_token)
        if (
            given is None
            or given.type != "basic"
            or not compare_digest(f"{given.username}:{given.password}".encode(), _joined(known))
        ):
            raise Refused(401, 20003, "Authenticate")
        if (request.view_args or {}).get("account_sid", known[0]) != known[0]:
            raise _not_found()

    @api.errorhandler(Refused)
    def refuse(error: Refused) -> tuple[Response, int]:
        answer: dict[str, object] = {"message": str(error), "status": error.status}
        if error.code is not None:
            answer["code"] = error.code
            answer["more_info"] = f"https://www.twilio.com/docs/errors/{error.code}"
        return jsonify(answer), error.status

    @api.get(f"{_ACCOUNT}.json")
    def fetch_account(account_sid: str) -> Response:
        return jsonify(
            sid=account_sid,
            friendly_name="Stand-in",
            status="active",
            type="Trial",
            uri=request.path,
        )

    _message_routes(api, broker)
    media_routes(api, broker.store, partial(_faulty, broker, "media", None))
    _content_routes(api, broker)
    _typing_routes(api, broker)
    return api


def _message_routes(api: Blueprint, broker: Broker) -> None:
    @api.post(f"{_ACCOUNT}/Messages.json")
    def create_message(account_sid: str) -> Response:
        rendered = _content(broker, request.form)
        said = rendered.body if rendered else request.form.get("Body", "")

        def accept() -> Response:
            to, body, media = _checked_message(
                request.form, broker.account.whatsapp_from, rendered.body if rendered else None
            )
            message = broker.send(
                to=to,
                body=body,
                media=media,
                status_callback=request.form.get("StatusCallback"),
                interaction=rendered.interaction if rendered else None,
            )
            answer = jsonify(message.as_resource(account_sid))
            answer.status_code = 201
            return answer

        return _faulty(broker, "send", request.form.get("To"), accept, said)

    @api.get(f"{_ACCOUNT}/Messages.json")
    def list_messages(account_sid: str) -> Response:
        to = request.args.get("To")
        return _faulty(broker, "list", to, lambda: jsonify(_page(broker, request.args)))

    @api.get(f"{_ACCOUNT}/Messages/<sid>.json")
    def fetch_message(account_sid: str, sid: str) -> Response:
        def find() -> Response:
            message = broker.store.find(sid)
            if message is None:
                raise _not_found()
            return jsonify(message.as_resource(account_sid))

        return _faulty(broker, "fetch", None, find)


def _content_routes(api: Blueprint, broker: Broker) -> None:
    @api.post("/v1/Content")
    def create_content() -> Response:
        def make() -> Response:
            wanted = request.get_json()
            if (wrong := problem(wanted)) is not None:
                raise Refused(400, 20001, wrong)
            resource = {
                "sid": new_sid("HX"),
                "account_sid": broker.account.sid,
                "friendly_name": wanted.get("friendly_name"),
                "language": wanted["language"],
                "variables": wanted.get("variables") or {},
                "types": wanted["types"],
            }
            broker.store.insert_content(str(resource["sid"]), resource)
            answer = jsonify(resource)
            answer.status_code = 201
            return answer

        return _faulty(broker, "content", None, make)

    @api.get("/v1/Content/<sid>")
    def fetch_content(sid: str) -> Response:
        resource = broker.store.find_content(sid)
        if resource is None:
            raise _not_found()
        return jsonify(resource)


def _typing_routes(api: Blueprint, broker: Broker) -> None:
    @api.post("/v2/Indicators/Typing.json")
    def show_typing() -> Response:
        def show() -> Response:
            sid = request.form.get("messageId", "")
            if request.form.get("channel") != "whatsapp" or not MESSAGE_SID.fullmatch(sid):
                raise Refused(400, 20001, "Invalid parameter: channel or messageId")
            message = broker.store.find(sid)
            if message is None or message.direction != "inbound":
                raise _not_found()
            broker.show_typing(message)
            return jsonify(success=True)

        return _faulty(broker, "typing", None, show)


def _content(broker: Broker, form: Mapping[str, str]) -> Rendered | None:
    """Fill in the Content that the message names, if it names one."""
    sid = form.get("ContentSid")
    if sid is None:
        return None
    resource = broker.store.find_content(sid)
    if form.get("Body") or resource is None:
        raise Refused(400, 21655, f"The ContentSid {sid} is invalid or does not go with a Body")
    try:
        variables = json.loads(form.get("ContentVariables") or "{}")
    except ValueError:
        raise Refused(400, 21656, "The ContentVariables parameter is invalid") from None
    return render(resource, variables)


def _checked_message(
    form: MultiDict[str, str], whatsapp_from: str, rendered: str | None
) -> tuple[str, str, tuple[str, ...]]:
    """Return recipient, body and media URLs, or refuse as Twilio does."""
    to, sender, body = form.get("To"), form.get("From"), rendered or form.get("Body", "")
    media = tuple(form.getlist("MediaUrl"))
    if not to:
        raise Refused(400, 21604, "A 'To' phone number is required.")
    if not sender:
        raise Refused(400, 21603, "A 'From' phone number is required.")
    if not body and not media:
        raise Refused(400, 21619, "A text message body or media urls must be specified.")
    if sender != whatsapp_from:
        raise Refused(400, 63007, "Twilio could not find a Channel with the specified From address")
    if not to.startswith("whatsapp:"):
        raise Refused(400, 21910, "'From' and 'To' must be of the same channel.")
    if not USER.fullmatch(to):
        raise Refused(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if length(body) > BODY_LIMIT:
        raise Refused(
            400, 21617, f"The concatenated message body exceeds the {BODY_LIMIT} character limit"
        )
    if any(urlsplit(url).scheme not in {"http", "https"} for url in media):
        raise Refused(400, 21620, "Invalid media URL(s)")
    return to, body, media


def _page(broker: Broker, query: Mapping[str, str]) -> dict[str, object]:
    """Make one page of the message list; `PageToken` names the message that ended the last one."""
    page, size = _number(query, "Page", 0), _number(query, "PageSize", DEFAULT_PAGE)
    size = min(max(size, 1), LARGEST_PAGE)
    messages = broker.store.page(
        sender=query.get("From"),
        recipient=query.get("To"),
        date_sent=_date(query, "DateSent"),
        sent_after=_date(query, "DateSent>"),
        sent_before=_date(query, "DateSent<"),
        older_than=query["PageToken"].removeprefix("PA") if "PageToken" in query else None,
        page_size=size + 1,
    )
    shown = messages[:size]
    path = f"/{API_VERSION}/Accounts/{broker.account.sid}/Messages.json"
    filters = {name: query[name] for name in query if name not in {"Page", "PageToken"}}
    first = f"{path}?{urlencode({**filters, 'PageSize': size, 'Page': 0})}"
    following = None
    if len(messages) > size:
        position = {"PageSize": size, "Page": page + 1, "PageToken": f"PA{shown[-1].sid}"}
        following = f"{path}?{urlencode({**filters, **position})}"
    return {
        "end": page * size + max(len(shown) - 1, 0),
        "first_page_uri": first,
        "messages": [message.as_resource(broker.account.sid) for message in shown],
        "next_page_uri": following,
        "page": page,
        "page_size": size,
        "previous_page_uri": None,
        "start": page * size,
        "uri": f"{path}?{urlencode(dict(query))}",
    }


def _faulty(
    broker: Broker,
    operation: Operation,
    to: str | None,
    accept: Callable[[], Response],
    body: str = "",
) -> Response:
    """Answer a request, failing before or after it is accepted where a fault says so."""
    before = broker.faults.take("before", operation, to, body)
    if before and (failure := _fail(broker, before)):
        return failure
    answer = accept()
    after = broker.faults.take("after", operation, to, body)
    return (after and _fail(broker, after)) or answer


def _fail(broker: Broker, fault: TwilioFault) -> Response | None:
    broker.pause(fault.hang_seconds)
    if fault.drop:
        connection = request.environ["werkzeug.socket"]
        assert isinstance(connection, socket)
        connection.shutdown(SHUT_RDWR)
        return Response(status=500)
    if fault.http_status is None:
        return None
    raise Refused(fault.http_status, fault.code, "The fault that was asked for.")


def _date(query: Mapping[str, str], name: str) -> str | None:
    return query[name].removesuffix("Z") if name in query else None


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise Refused(400, 20001, f"Invalid parameter: {name}") from None


def _joined(credentials: tuple[str, str]) -> bytes:
    return ":".join(credentials).encode()


def _not_found() -> Refused:
    return Refused(404, 20404, f"The requested resource {request.path} was not found")
