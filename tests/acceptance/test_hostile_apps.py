"""What an app that somebody had built can do to the web process that serves all of them: nothing.

Its author may define collections and be a visitor at once, and so write both a schema and what is
checked against it.
"""

import json

import psycopg
import requests

from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack
from tests.acceptance.test_commands import User, app_at

LEVELS = 40
# Schemas, and documents, that would take minutes to years.
ENDLESS: list[tuple[dict[str, object], dict[str, object]]] = [
    (
        {
            "properties": {
                "a": {"$ref": "#/properties/a/default", "default": {"pattern": "^(a+)+$"}}
            }
        },
        {"a": "a" * 60 + "!"},
    ),
    (
        {
            "$ref": "#/$defs/a0",
            "$defs": {
                **{f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(LEVELS)},
                f"a{LEVELS}": True,
            },
        },
        {},
    ),
    ({"$ref": "#"}, {}),
    ({"not": {"properties": {"a": {"pattern": "^(a+)+$"}}}}, {"a": "a" * 60 + "!"}),
]


def test_no_schema_keeps_the_web_process_busy(stack: Stack) -> None:
    poll = app_at(link_in(User(stack).builds("Build me a poll")))
    votes = f"{poll}api/collections/votes"
    assert requests.get(votes, timeout=30).status_code == 200  # the first one imports what reads
    for schema, document in ENDLESS:
        define(stack, {"votes": {"type": "object", **schema}})
        answer = requests.post(votes, json=document, timeout=10)
        assert answer.status_code in {404, 422}, schema
        assert answer.elapsed.total_seconds() < 5, schema
    assert requests.get(f"{stack.public_url}/ready", timeout=5).status_code == 200


def define(stack: Stack, definitions: object) -> None:
    """Let the published app have these, as if they had been published before there were limits."""
    content = json.dumps(definitions).encode()
    with psycopg.connect(stack.database_url) as connection:
        changed = connection.execute(
            "UPDATE blob SET content = %s WHERE sha256 IN"
            " (SELECT sha256 FROM version_file WHERE path = 'collections.json')",
            [content],
        )
        assert changed.rowcount == 1
