-- name: find_by_uuid
-- Requests, builds, projects and handoffs whose ids begin alike; a project leads to its last request.
(SELECT 'request' AS what, request_id::text AS id, request_id, user_id, status AS state,
        accepted_at AS happened_at
 FROM request WHERE request_id BETWEEN %(first)s AND %(last)s LIMIT %(limit)s)
UNION ALL
(SELECT 'build', build_id::text, request_id, user_id, status, created_at
 FROM build WHERE build_id BETWEEN %(first)s AND %(last)s LIMIT %(limit)s)
UNION ALL
(SELECT 'handoff', handoff_id::text, request_id, user_id, reason, created_at
 FROM handoff WHERE handoff_id BETWEEN %(first)s AND %(last)s LIMIT %(limit)s)
UNION ALL
(SELECT 'project', project_id::text,
        (SELECT request_id FROM request WHERE request.project_id = project.project_id
         ORDER BY accepted_at DESC LIMIT 1), user_id, NULL, updated_at
 FROM project WHERE project_id BETWEEN %(first)s AND %(last)s LIMIT %(limit)s);

-- name: find_by_user_id
-- Users whose ids begin alike.
SELECT 'user' AS what, user_id AS id, NULL::uuid AS request_id, user_id, suppressed_reason AS state,
       last_inbound_at AS happened_at
FROM contact WHERE user_id BETWEEN %(digits)s AND rpad(%(digits)s, 32, 'f')
LIMIT %(limit)s;

-- name: find_by_trace
-- The request of a trace.
SELECT 'trace' AS what, trace_id AS id, request_id, user_id, status AS state,
       accepted_at AS happened_at
FROM request WHERE trace_id = %(digits)s;

-- name: find_by_sid
-- A message by Twilio's id, in either direction; also one that it went out with before.
SELECT 'message from the user' AS what, message_sid AS id, request_id, user_id, 'received' AS state,
       received_at AS happened_at
FROM inbound_message WHERE message_sid = %(sid)s
UNION ALL
SELECT 'message to the user', provider_sid, request_id, user_id, state, created_at
FROM outbox WHERE provider_sid = %(sid)s
UNION ALL
SELECT 'former id of a message', former_sid.provider_sid, request_id, user_id, state, created_at
FROM former_sid JOIN outbox ON outbox.id = former_sid.outbox_id
WHERE former_sid.provider_sid = %(sid)s;

-- name: find_by_agent
-- Agents by their id.
SELECT 'agent' AS what, agent_id AS id, request_id, user_id, lower(state) AS state,
       spawned_at AS happened_at
FROM agent WHERE agent_id = %(agent_id)s;

-- name: find_by_error_code
-- The last messages that ended with an error of Twilio's.
SELECT 'message to the user' AS what, kind AS id, request_id, user_id, state,
       coalesce(finished_at, created_at) AS happened_at
FROM outbox WHERE error_code = %(error_code)s
ORDER BY outbox.id DESC
LIMIT %(limit)s;

-- name: find_holder
-- The user whose address it is now.
SELECT holder_of(%(address_key)s, now()) AS user_id;
