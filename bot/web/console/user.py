"""`/console/users/<id>`: a user's requests, projects, messages, spending, and acts about them."""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, request

from bot.operating.audit import list_acts_about
from bot.operating.user_lookup import WHOLE_ID
from bot.twilio.error_codes import explain
from bot.web.console.desk import Desk
from bot.web.console.requests import list_requests, older_than
from bot.web.console.rows import row, rows
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "user.sql")

MESSAGES = 20  # the last ones
PROJECTS = 20
ACTS = 20


def add_user(routes: Blueprint, desk: Desk) -> None:
    """Make the page."""

    @routes.get("/users/<user_id>")
    def user_page(user_id: str) -> Response:
        today = datetime.now(UTC).date()
        with desk.visit() as connection:
            found = WHOLE_ID.fullmatch(user_id) and row(
                connection, SQL["find_user"], user_id=user_id
            )
            if not found:
                abort(404, "There is no such user; they may have been erased.")
            requests = list_requests(
                connection, "all", user_id=user_id, before=request.args.get("before")
            )
            messages = rows(connection, SQL["list_messages_to"], user_id=user_id, limit=MESSAGES)
            for one in messages:
                one["why"] = explain(one["error_code"], one.pop("error_message"))
            return desk.page(
                "user.html",
                user=found,
                requests=requests,
                older=older_than(requests),
                is_later="before" in request.args,
                messages=messages,
                projects=rows(
                    connection, SQL["list_projects_of_user"], user_id=user_id, limit=PROJECTS
                ),
                days=rows(connection, SQL["list_days_of_user"], user_id=user_id, until=today),
                spent=rows(connection, SQL["list_spent_by_role"], user_id=user_id),
                acts=list_acts_about(connection, user_id, limit=ACTS),
                budgets=desk.settings.budgets,
            )
