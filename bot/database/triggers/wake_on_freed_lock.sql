-- Finishing a job sends no notification of Procrastinate's, so the next job of the same lock would
-- wait for the polling interval; this makes it start at once.
CREATE OR REPLACE TRIGGER wake_on_freed_lock AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.status <> 'doing')
    EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();
