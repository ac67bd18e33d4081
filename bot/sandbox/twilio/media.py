"""Files that users send: listed and fetched as from Twilio, by way of a redirect to a CDN.

The bytes themselves need no credentials, as on Twilio's CDN; the phone page shows them from there.
"""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from bot.sandbox.twilio.messages import API_VERSION, Attachment
from bot.sandbox.twilio.store import Store

CDN = "/cdn"


def media_routes(
    api: Blueprint, store: Store, handed_over: Callable[[Callable[[], Response]], Response]
) -> None:
    """Add what the REST API tells of files; `api` has checked the credentials.

    A file is `handed_over`, unless that fails on demand.
    """
    path = f"/{API_VERSION}/Accounts/<account_sid>/Messages/<message_sid>/Media"

    @api.get(f"{path}.json")
    def list_media(account_sid: str, message_sid: str) -> Response:
        rows = [
            {
                "sid": attachment.sid,
                "account_sid": account_sid,
                "parent_sid": message_sid,
                "content_type": attachment.content_type,
                "uri": f"{media_path(account_sid, message_sid, attachment)}.json",
            }
            for attachment in store.attachments(message_sid)
        ]
        return jsonify(media_list=rows, uri=request.path, next_page_uri=None)

    @api.get(f"{path}/<media_sid>")
    def fetch_media(account_sid: str, message_sid: str, media_sid: str) -> Response:
        known = {attachment.sid for attachment in store.attachments(message_sid)}
        if media_sid not in known:
            raise NotFound
        leads = {"Location": f"{CDN}/{media_sid}"}
        return handed_over(lambda: Response(status=307, headers=leads))


def cdn(store: Store) -> Blueprint:
    """Serve the bytes to all who have the address."""
    routes = Blueprint("cdn", __name__)

    @routes.get(f"{CDN}/<media_sid>")
    def show(media_sid: str) -> Response:
        attachment = store.find_attachment(media_sid)
        if attachment is None:
            raise NotFound
        response = Response(attachment.content, content_type=attachment.content_type)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "sandbox"
        # A player asks for parts where its listener moves on.
        response.make_conditional(
            request, accept_ranges=True, complete_length=len(attachment.content)
        )
        return response

    return routes


def media_path(account_sid: str, message_sid: str, attachment: Attachment) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message_sid}/Media/{attachment.sid}"
