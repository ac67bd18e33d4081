"""Whether the product is at work: workers take what there is to do, the database takes writes.

Asked by `/health`, by the console and by `textcrew doctor`.
"""

import psycopg
from psycopg import Connection

from telemetry.named_sql import statements

SQL = statements("bot.operating", "liveness.sql")

SILENCE = 30.0  # seconds without a heartbeat after which no worker counts as alive
TRIAL = 1.0  # seconds that the trial of a write may take


class ComponentDown(Exception):
    """What is the matter with a part."""


def look_at_workers(connection: Connection) -> str:
    """What is to be said of workers that do what there is to do. Raises `ComponentDown`."""
    row = connection.execute(SQL["find_last_heartbeat"]).fetchone()
    waiting = connection.execute(SQL["find_neglected_queues"], {"silence": SILENCE}).fetchall()
    seconds = row[0] if row else None
    if seconds is None:
        raise ComponentDown("no worker has started yet")
    if seconds > SILENCE:
        raise ComponentDown(f"no worker has shown a sign of life for {seconds:.0f} s")
    if waiting:
        queues = " and ".join(queue for (queue,) in waiting)
        raise ComponentDown(f"no worker takes the jobs of {queues}; start one for all lanes")
    return f"the last sign of life is {seconds:.0f} s old"


def refusal_of_writes(connection: Connection) -> str | None:
    """Why the database took no write, by the error's name; None if it did. Nothing of it stays.

    Raises what the database says when it goes away.
    """
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(SQL["limit_trial"], {"milliseconds": round(TRIAL * 1000)})
            connection.execute(SQL["try_writing"])
    except psycopg.Error as error:
        if connection.closed:
            raise
        return type(error).__name__
    return None
