"""`POST /v2/query`: Logfire's query API over our own records, for its own clients.

Behind a read token, read-only, one at a time, and limited in time, rows and bytes; what goes wrong
is told in the form that those clients turn into exceptions.
"""

import json
import math
from http import HTTPStatus
from typing import Any

import psycopg
from flask import Blueprint, Response, request
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, field_validator

from bot.settings.groups import Settings
from bot.web.auth import Authenticator
from bot.web.query_reader import QueryReader, read_token
from telemetry.store.formats import arrow_answer, csv_answer, json_answer, json_lines
from telemetry.store.query_result import QueryRefused, QueryResult
from telemetry.store.querying import QueriesUnavailable, ReaderBusy

PROBLEM = "application/problem+json"
JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
ARROW = "application/vnd.apache.arrow.stream"


class QueryRequest(BaseModel):
    """The body of a request. Like Logfire we want to know how far back to look."""

    sql: str
    min_timestamp: AwareDatetime
    max_timestamp: AwareDatetime | None = None
    limit: int = Field(default=100, ge=1, le=10_000)
    timezone: str = "UTC"
    deployment_environment: list[str] | None = None

    @field_validator("deployment_environment", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


def query_api(settings: Settings, reader: QueryReader, authenticator: Authenticator) -> Blueprint:
    """Make the routes of the query API."""
    routes = Blueprint("query", __name__)

    @routes.before_request
    def admit_readers() -> Response | None:
        verdict = authenticator.check_password(_shown_token(), read_token(settings))
        if verdict.is_right:
            return None
        if verdict.retry_after is not None:
            return _problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "wrong_tokens",
                "Too many wrong tokens came from this address.",
                retry_after=math.ceil(verdict.retry_after),
            )
        return _problem(HTTPStatus.UNAUTHORIZED, "invalid_token", "The read token is not ours.")

    @routes.get("/v1/read-token-info")
    def tell_about_token() -> Response:
        names = {"organization_name": settings.telemetry.service_name, "project_name": settings.env}
        return Response(json.dumps(names), mimetype=JSON)

    @routes.post("/v2/query")
    def answer_query() -> Response:
        try:
            question = QueryRequest.model_validate_json(request.get_data())
        except ValidationError as error:
            detail = error.errors(include_url=False, include_context=False, include_input=False)
            return _problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "See detail.", detail=detail
            )
        try:
            with reader.answering(
                question.sql,
                min_timestamp=question.min_timestamp,
                max_timestamp=question.max_timestamp,
                limit=question.limit,
                timezone=question.timezone,
                environments=question.deployment_environment,
            ) as answer:
                return _shown(answer)
        except ReaderBusy:
            return _busy()
        except QueryRefused as refused:
            return _refusal(refused)
        except QueriesUnavailable as error:
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", str(error))
        except psycopg.OperationalError:
            return _problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "unavailable",
                "The database is away.",
                retry_after=5,
            )

    return routes


def _busy() -> Response:
    return _problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "busy",
        "Another query with this token is running; one at a time is answered.",
        retry_after=1,
    )


def _shown(answer: QueryResult) -> Response:
    wanted = request.accept_mimetypes.best_match([JSON, CSV, ARROW, NDJSON], default=JSON)
    match wanted:
        case "text/csv":
            return Response(csv_answer(answer), mimetype=CSV)
        case "application/x-ndjson":
            return Response(json_lines(answer), mimetype=NDJSON)
        case "application/vnd.apache.arrow.stream":
            try:
                return Response(arrow_answer(answer), mimetype=ARROW)
            except ImportError:
                return _problem(
                    HTTPStatus.NOT_ACCEPTABLE,
                    "no_arrow",
                    "Arrow needs pyarrow here: pip install 'textcrew[arrow]'.",
                )
        case _:
            return Response(json_answer(answer), mimetype=JSON)


def _refusal(refused: QueryRefused) -> Response:
    place = None if refused.line is None else {"line": refused.line, "column": refused.column}
    return _problem(
        HTTPStatus.BAD_REQUEST,
        "query_error",
        refused.message,
        place=place,
        hint=refused.hint,
        sqlstate=refused.code,
    )


def _problem(status: HTTPStatus, kind: str, sentence: str, **more: Any) -> Response:
    """An RFC 9457 problem, or the same as plain JSON for clients that do not know of these."""
    known = {name: value for name, value in more.items() if value is not None}
    body = {
        "type": f"urn:textcrew:{kind}",
        "title": status.phrase,
        "status": int(status),
        "detail": sentence,
        "retryable": "retry_after" in known,
        **known,
    }
    mimetype = PROBLEM if request.accept_mimetypes.quality(PROBLEM) else JSON
    response = Response(json.dumps(body, default=str), status, mimetype=mimetype)
    if "retry_after" in known:
        response.headers["Retry-After"] = str(known["retry_after"])
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="textcrew"'
    return response


def _shown_token() -> str:
    """Logfire's clients send the token bare; the scheme `Bearer` is understood as well."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
