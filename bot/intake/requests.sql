-- name: load_request
-- A request with the ids of its trace's root.
SELECT request_id, user_id, conversation_id, platform, trace_id, span_id, request_type,
       request_length, status, project_id, accepted_at, work_ended_at, closed_at
FROM request WHERE request_id = %(request_id)s;

-- name: begin_work
-- The message was read: what it is, and which project it is about.
UPDATE request SET request_type = %(request_type)s, project_id = %(project_id)s,
                   status = 'working'
WHERE request_id = %(request_id)s;

-- name: end_work
-- Nothing more will be done or said for this request.
UPDATE request SET status = %(status)s, work_ended_at = now(),
                   request_type = coalesce(request_type, %(request_type)s)
WHERE request_id = %(request_id)s AND work_ended_at IS NULL;

-- name: close_request
-- Closes the request once its work has ended and its last message is out.
UPDATE request SET closed_at = now()
WHERE request_id = %(request_id)s AND work_ended_at IS NOT NULL AND closed_at IS NULL
  AND NOT EXISTS (SELECT FROM outbox
                  WHERE outbox.request_id = request.request_id
                    AND outbox.state IN ('queued', 'sending', 'uncertain'))
RETURNING request_id, user_id, conversation_id, platform, trace_id, span_id, request_type,
          request_length, status, project_id, accepted_at, work_ended_at, closed_at;
