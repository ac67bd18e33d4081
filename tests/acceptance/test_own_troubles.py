"""When something of ours fails while a message is read: the user is answered all the same."""

import psycopg
import pytest

from tests.acceptance.stack import Stack

# A sequence counts on when its transaction is rolled back.
TROUBLE = """
    CREATE SEQUENCE trouble;
    CREATE FUNCTION make_trouble() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('trouble') <= {times} THEN
            RAISE EXCEPTION 'trouble' USING ERRCODE = '{code}';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER make_trouble BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION make_trouble()
"""


def make_trouble(stack: Stack, code: str, *, times: int) -> None:
    """Let the next answers fail with an error of the database."""
    stack.is_disturbed = True
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(TROUBLE.format(code=code, times=times).encode())


@pytest.mark.parametrize("code", ["40P01", "57P01"], ids=["deadlock", "shutdown"])
def test_a_database_in_trouble_delays_the_answer_and_changes_nothing_else(
    stack: Stack, code: str
) -> None:
    make_trouble(stack, code, times=4)
    phone = stack.phone()
    phone.say("help")

    phone.wait_for(lambda m: "*stop*" in m.body, 60)
    assert stack.rows("SELECT status FROM request") == [{"status": "completed"}]


def test_a_fault_of_ours_is_told_once_and_its_job_is_kept(stack: Stack) -> None:
    make_trouble(stack, "XX000", times=3)
    phone = stack.phone()
    phone.say("undo")

    phone.wait_for(lambda m: "Please send it again" in m.body, 60)
    phone.say("status")
    phone.wait_for(lambda m: "Nothing is being built" in m.body, 30)
    assert stack.rows("SELECT status FROM request ORDER BY accepted_at") == [
        {"status": "failed"},
        {"status": "completed"},
    ]
    assert stack.rows("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'") == [
        {"task_name": "read_message"}
    ]
