"""A build that failed tells operators where and by which agent, and nobody what was written."""

import re

import psycopg

from tests.acceptance.stack import Stack, eventually

REQUEST_TEXT = "Build me a counter for canaries"

# What a fault of ours says may quote what a user wrote. The build begins with its last attempt.
FAULT = """
    CREATE FUNCTION fail_aloud() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'no agent for %', (SELECT string_agg(request_text, '') FROM build);
    END $$;
    CREATE TRIGGER fail_aloud BEFORE INSERT ON turn FOR EACH ROW EXECUTE FUNCTION fail_aloud();
    CREATE FUNCTION begin_late() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.attempts := 5;
        RETURN NEW;
    END $$;
    CREATE TRIGGER begin_late BEFORE INSERT ON build FOR EACH ROW EXECUTE FUNCTION begin_late();
"""


def said(stack: Stack) -> str:
    """All that the worker has said so far."""
    return stack.program("worker").log.read_text()


def record_since(stack: Stack, before: str, error: str) -> str:
    """What the one record of a build that failed for good since then says, once it is there."""

    def found() -> str:
        log = said(stack).removeprefix(before)
        return log if f"\n{error}\n" in log.partition("failed for good")[2] else ""

    log = eventually(found, "the failure is on record")
    assert "canar" not in log
    assert log.count("failed for good") == 1
    return log.partition("failed for good")[2]


def assert_failed(stack: Stack, record: str) -> None:
    """Assert that the record names a build that failed and an agent of its."""
    named = re.search(r"request (\S+), agent (\S+)\nTraceback", record)
    assert named is not None, record
    eventually(
        lambda: stack.rows(
            "SELECT FROM build JOIN agent USING (request_id) WHERE build.status = 'failed'"
            " AND request_id = %(request_id)s::uuid AND agent_id = %(agent_id)s",
            {"request_id": named[1], "agent_id": named[2]},
        ),
        "the build that it names has failed",
    )


def test_a_fault_of_ours_that_ends_a_build_is_on_record_without_what_it_says(stack: Stack) -> None:
    stack.is_disturbed = True
    before = said(stack)
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(FAULT.encode())
    phone = stack.phone()

    phone.say(REQUEST_TEXT)

    record = record_since(stack, before, "RaiseException")
    assert record.startswith(" at attempt 6: ")
    assert_failed(stack, record)
    assert "bot/crew/" in record


def test_a_refusal_that_ends_a_build_is_on_record_with_its_agent(stack: Stack) -> None:
    stack.is_disturbed = True  # its log is looked at from the beginning
    before = said(stack)
    stack.fail_model("refusal", "frontend")
    phone = stack.phone()

    phone.say(REQUEST_TEXT)

    phone.wait_for(lambda m: "not able to build that one" in m.body, 60)
    record = record_since(stack, before, "ModelRefused")
    assert_failed(stack, record)
