-- name: note_failure
-- Keeps the class of a job's last error.
INSERT INTO job_failure (job_id, error) VALUES (%(job_id)s, %(error)s)
ON CONFLICT (job_id) DO UPDATE SET error = excluded.error, failed_at = now();
