-- name: finish_own
-- Ends a job for the run that holds it; no row comes back if another one does.
WITH own AS (
    SELECT id FROM procrastinate_jobs
    WHERE id = %(id)s AND status = 'doing' AND attempts = %(attempts)s
    FOR UPDATE
)
SELECT id, procrastinate_finish_job_v1(id, %(status)s::procrastinate_job_status, %(delete_job)s)
FROM own;

-- name: retry_own
-- Queues a job again for the run that holds it; no row comes back if another one does. Under a
-- lock of another kind, if one is named, of whom it is about by now: they may have been joined
-- meanwhile.
WITH own AS (
    SELECT id, %(lock_kind)s || substr(lock, strpos(lock, ':')) AS lock FROM procrastinate_jobs
    WHERE id = %(id)s AND status = 'doing' AND attempts = %(attempts)s
    FOR UPDATE
)
SELECT id, procrastinate_retry_job_v2(id, now() + %(retry_in)s, %(priority)s, %(queue)s, lock)
FROM own;

-- name: database_time
-- The time that decides.
SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds;
