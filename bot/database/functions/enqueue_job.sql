-- Defers one job. Concurrent enqueues for one lock must come one after the other, else their
-- order of ids and of commits may differ and Procrastinate raises a unique violation.
CREATE OR REPLACE FUNCTION enqueue_job(
    _queue text, _task text, _lock text, _args jsonb, _scheduled_at timestamptz DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(_lock, 0));
    RETURN (procrastinate_defer_jobs_v1(ARRAY[
        ROW(_queue, _task, 0, _lock, NULL, _args, _scheduled_at)
    ]::procrastinate_job_to_defer_v1[]))[1];
END $$;
