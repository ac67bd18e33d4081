-- name: is_intake_paused
-- Whether an operator has paused the intake.
SELECT is_paused('intake') AS is_paused;

-- name: release_held
-- Puts jobs that a pause held back into their queue again, once it is over.
WITH released AS (
    UPDATE procrastinate_jobs SET queue_name = 'conversation'
    WHERE queue_name = %(queue)s AND status = 'todo' AND NOT is_paused('intake')
    RETURNING id
)
SELECT count(*) FROM released;

-- name: list_long
-- What is paused for longer, and for how many minutes.
SELECT what, (extract(epoch FROM now() - since) / 60)::float FROM pause
WHERE since < now() - %(seconds)s * interval '1 s' ORDER BY what;

-- name: list_held
-- Users whose messages the pause keeps unread for so long, each with the latest of them.
SELECT DISTINCT ON (request.user_id) request.user_id, request_id, language,
       request.user_id || ':paused:' || since AS dedupe_key
FROM pause
JOIN request ON request.status = 'accepted' AND closed_at IS NULL
JOIN contact USING (user_id)
WHERE pause.what = 'intake' AND NOT is_paused('sending')
  AND greatest(accepted_at, since) < now() - %(seconds)s * interval '1 s'
ORDER BY request.user_id, accepted_at DESC;
