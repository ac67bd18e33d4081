-- title: A request shows no sign of life
-- threshold: 15 minutes
-- window: 24 hours
-- remedy: see whether a worker runs (textcrew doctor) and where the request is (textcrew query request-tree)
-- reads: tables
-- Signs of life are model calls, messages and the wait for a user's answer, of the request itself
-- or, for one that waits for another build, of its project. Of what an operator's pause keeps
-- unread or unsent another alert tells; once that ends it has as long again. It lasts until the
-- request is closed, however old that is; the window is for Logfire.
SELECT request_id::text AS subject,
       (extract(epoch FROM now() - last_sign) / 60)::float AS value
FROM request
CROSS JOIN LATERAL (
    SELECT greatest(
        accepted_at, work_ended_at,
        (SELECT max(called_at) FROM model_call JOIN request AS other USING (request_id)
         WHERE other.request_id = request.request_id OR other.project_id = request.project_id),
        (SELECT max(greatest(waits_until, answered_at)) FROM build LEFT JOIN question USING (build_id)
         WHERE build.request_id = request.request_id OR build.project_id = request.project_id),
        (SELECT max(greatest(created_at, attempted_at, not_before)) FROM outbox
         WHERE outbox.request_id = request.request_id)
    ) AS last_sign
) AS life
WHERE closed_at IS NULL
  AND last_sign < now() - %(threshold)s * interval '1 minute'
  AND NOT (status = 'accepted' AND was_paused('intake', %(threshold)s * interval '1 minute'))
  AND NOT (work_ended_at IS NOT NULL
           AND was_paused('sending', %(threshold)s * interval '1 minute'))
ORDER BY value DESC;
