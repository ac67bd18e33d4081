"""Procrastinate's own tables, and a wake-up when a lock becomes free.

Finishing a job sends no notification, so the next job of the same lock would wait for the
polling interval; the trigger makes it start at once.
"""

from procrastinate.schema import SchemaManager
from yoyo import step

WAKE_ON_FREED_LOCK = """
CREATE FUNCTION notify_freed_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('procrastinate_any_queue_v1',
                      json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text);
    RETURN NEW;
END $$;
CREATE TRIGGER wake_on_freed_lock AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status = 'doing' AND NEW.status <> 'doing')
    EXECUTE FUNCTION notify_freed_lock();

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
steps = [step(SchemaManager.get_schema()), step(WAKE_ON_FREED_LOCK)]
