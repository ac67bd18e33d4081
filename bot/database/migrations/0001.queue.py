"""Procrastinate's own tables, and a wake-up when a lock becomes free.

Finishing a job sends no notification, so the next job of the same lock would wait for the
polling interval; the trigger makes it start at once.
"""

from procrastinate.schema import SchemaManager
from yoyo import step

QUEUE = """
CREATE TRIGGER wake_on_freed_lock AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.status <> 'doing')
    EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();

-- What a job's last failure was: Procrastinate keeps that it failed, but not why.
CREATE TABLE job_failure (
    job_id    bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    error     text NOT NULL,                     -- the exception's class
    failed_at timestamptz NOT NULL DEFAULT now()
);

-- Defers one job. Concurrent enqueues for one lock must come one after the other, else their
-- order of ids and of commits may differ and Procrastinate raises a unique violation.
CREATE FUNCTION enqueue_job(_queue text, _task text, _lock text, _args jsonb,
                            _scheduled_at timestamptz DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(_lock, 0));
    RETURN (procrastinate_defer_jobs_v1(ARRAY[
        ROW(_queue, _task, 0, _lock, NULL, _args, _scheduled_at)
    ]::procrastinate_job_to_defer_v1[]))[1];
END $$;
"""

# yoyo runs statements through a cursor with parameters switched off, so percent signs are safe.
steps = [step(SchemaManager.get_schema()), step(QUEUE)]
