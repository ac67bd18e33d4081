"""A system as operators find it: something finished, failed, lost and waiting."""

from dataclasses import dataclass
from typing import Any

import psycopg

from bot.sandbox.twilio.faults import TwilioFault
from tests.acceptance.stack import Stack, announced, digits, eventually

SCRIPT = "<script>document.title = 'owned'</script>"
ARABIC = "قائمة المهام"
WISH = "Build me a todo app for the canary household"
YESTERDAY = """
    INSERT INTO budget_account (account, user_id, spent)
    SELECT 'total:' || day, NULL, 3.21 FROM (SELECT (now() AT TIME ZONE 'UTC')::date - 1) AS a (day)
    UNION ALL
    SELECT 'user:' || %(user_id)s || ':' || day, %(user_id)s, 3.21
    FROM (SELECT (now() AT TIME ZONE 'UTC')::date - 1) AS a (day)
"""


@dataclass(frozen=True, kw_only=True)
class Operated:
    """The system with its builds, and Twilio's id of the message that was lost."""

    stack: Stack
    number: str  # of the user whose app is finished
    finished: dict[str, Any]
    failed: dict[str, Any]
    waiting: dict[str, Any]
    lost_sid: str


def operate(stack: Stack, wish: str = WISH) -> Operated:
    """Let three users ask for apps; the first message to one of them is not delivered."""
    number = "+1555" + digits(7)
    stack.twilio.broker.faults.add([TwilioFault(when="delivery", code=63024)])
    happy = stack.phone(number)
    happy.say(wish)
    happy.wait_for(announced, 120)
    stack.fail_model("refusal", "frontend")
    unlucky = stack.phone()
    unlucky.say("Build me a counter")
    unlucky.wait_for(lambda m: "not able to build that one" in m.body, 60)
    asked = stack.phone()
    asked.say("Build me a poll, but ask me first")
    asked.wait_for(lambda m: m.body.startswith("1 of 2"), 60)
    (lost,) = eventually(
        lambda: stack.rows("SELECT provider_sid FROM outbox WHERE state = 'failed'"),
        "a message was not delivered",
    )
    eventually(
        lambda: (
            not stack.rows("SELECT FROM request WHERE status <> 'working' AND closed_at IS NULL")
        ),
        "what is over is closed",
    )
    builds = {one["status"]: one for one in stack.rows("SELECT * FROM build")}
    return Operated(
        stack=stack,
        number=number,
        finished=builds["completed"],
        failed=builds["failed"],
        waiting=builds["running"],
        lost_sid=lost["provider_sid"],
    )


def disguise(operated: Operated) -> None:
    """Call the apps what pages may stumble over, and let somebody have spent money yesterday."""
    with psycopg.connect(operated.stack.database_url) as connection:
        connection.execute(YESTERDAY, {"user_id": operated.finished["user_id"]})
        for build, title in ((operated.failed, SCRIPT), (operated.waiting, ARABIC)):
            connection.execute(
                "UPDATE project SET title = %s WHERE project_id = %s", [title, build["project_id"]]
            )
