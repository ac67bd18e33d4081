-- name: load_request
-- A request with the ids of its trace's root, and the language of its user.
SELECT request_id, user_id, request.conversation_id, request.platform, trace_id, span_id,
       request_type, request_length, status, project_id, accepted_at, closed_at,
       contact.language
FROM request JOIN contact USING (user_id) WHERE request_id = %(request_id)s;

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
