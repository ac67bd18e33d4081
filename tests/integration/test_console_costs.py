"""What the console's page of a day's costs says of the requests that were dearest."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import AsyncConnection

from bot.web.console.costs import SQL
from bot.web.console.rows import rows
from tests.users import add_request, add_user, add_words

USER = "c" * 31 + "1"

ADD_PROJECT = """
    INSERT INTO project (project_id, user_id, title, site_token) VALUES (%s, %s, 'App', md5('App'))
"""
ADD_CALL = """
    INSERT INTO model_call (request_id, user_id, operation, model, outcome, input_tokens,
                            output_tokens, cache_creation_tokens, cache_read_tokens, cost_usd)
    VALUES (%s, %s, 'route', 'claude-sonnet-5', 'tool_use', 100, 10, 0, 0, %s)
"""


@pytest.mark.anyio
async def test_a_retry_is_listed_with_the_workflow_that_goes_on_in_its_name(
    database_url: str,
) -> None:
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        failed, retry = await add_retried_build(connection)
        for request_id, cost in [(failed, "0.02"), (retry, "0.01")]:
            await connection.execute(ADD_CALL, [request_id, USER, cost])
    with psycopg.connect(database_url) as reader:
        today = datetime.now(UTC).date()
        dearest = rows(reader, SQL["list_dearest"], day=today, limit=5)
    assert [(row["request_id"], row["workflow"]) for row in dearest] == [
        (failed, "standard_development"),
        (retry, "standard_development"),
    ]


async def add_retried_build(connection: AsyncConnection) -> tuple[UUID, UUID]:
    """Let a build have failed, and go on in the name of a later request; returns both requests."""
    project_id = uuid4()
    await add_user(connection, USER)
    await connection.execute(ADD_PROJECT, [project_id, USER])
    failed = await add_request(connection, USER, project_id, "Build me a counter")
    retry = await add_words(connection, USER, "Try again")
    await connection.execute(
        "UPDATE build SET retry_request_id = %s, workflow = 'standard_development'", [retry]
    )
    return failed, retry
