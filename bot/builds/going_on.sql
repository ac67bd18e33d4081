-- name: list_stopped_with
-- What was stopped together with a build of the same app, in the order in which it was queued.
SELECT other.build_id
FROM build JOIN build AS other USING (project_id)
WHERE build.build_id = %(build_id)s AND build.status = 'stopped'
  AND other.build_id <> build.build_id AND other.status = 'stopped'
  AND other.ended_at = build.ended_at
ORDER BY other.created_at;

-- name: open_beside
-- A request of the same user and time as another one, without a message of its own.
INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                     request_length, accepted_at)
SELECT gen_random_uuid(), user_id, conversation_id, platform, %(trace_id)s, %(span_id)s, 0,
       accepted_at
FROM request WHERE request_id = %(request_id)s
RETURNING request_id;
