"""A build that failed tells operators where and by which agent, and nobody what was written."""

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


def recorded(stack: Stack) -> str:
    """The log from the one record of a build that failed for good, once it is there."""
    log = eventually(lambda: log_with(stack, "\nRaiseException\n"), "the failure is on record")
    assert "canar" not in log
    assert log.count("failed for good") == 1
    return log.partition("failed for good")[2]


def log_with(stack: Stack, last: str) -> str:
    """What the worker has said, or nothing until the last of it is there."""
    log = stack.program("worker").log.read_text()
    _, _, record = log.partition("failed for good")
    return log if last in record else ""


def failed(stack: Stack) -> tuple[str, str]:
    """The request that failed, and its last agent."""
    ((build),) = stack.rows(
        "SELECT build.request_id, agent_id FROM build JOIN agent USING (request_id)"
        " WHERE build.status = 'failed' ORDER BY spawned_at DESC LIMIT 1"
    )
    return str(build["request_id"]), build["agent_id"]


def test_a_fault_of_ours_that_ends_a_build_is_on_record_without_what_it_says(stack: Stack) -> None:
    stack.is_disturbed = True
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(FAULT.encode())
    phone = stack.phone()

    phone.say(REQUEST_TEXT)

    eventually(lambda: stack.rows("SELECT FROM build WHERE status = 'failed'"), "it has failed")
    record = recorded(stack)
    request, agent = failed(stack)
    assert record.startswith(f" at attempt 6: request {request}, agent {agent}\nTraceback")
    assert "bot/crew/" in record
    assert "\nRaiseException\n" in record


def test_a_refusal_that_ends_a_build_is_on_record_with_its_agent(stack: Stack) -> None:
    stack.is_disturbed = True  # its log is looked at from the beginning
    before = stack.program("worker").log.read_text()
    stack.fail_model("refusal", "frontend")
    phone = stack.phone()

    phone.say(REQUEST_TEXT)

    phone.wait_for(lambda m: "not able to build that one" in m.body, 60)
    log = eventually(lambda: log_with(stack, "\nModelRefused\n"), "the failure is on record")
    record = log.removeprefix(before)
    request, agent = failed(stack)
    assert record.count("failed for good") == 1
    assert f"request {request}, agent {agent}\nTraceback" in record
    assert "\nModelRefused\n" in record
    assert "canar" not in record
