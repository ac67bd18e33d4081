-- name: insert_handoff
-- The document and the columns that operators filter on.
INSERT INTO handoff (handoff_id, request_id, user_id, project_id, source_agent_id,
                     target_agent_id, agent_type, reason, created_at, completion_percentage,
                     tokens_used, size_kb, schema_version, document)
VALUES (%(handoff_id)s, %(request_id)s, %(user_id)s, %(project_id)s, %(source_agent_id)s,
        %(target_agent_id)s, %(agent_type)s, %(reason)s, %(created_at)s,
        %(completion_percentage)s, %(tokens_used)s, %(size_kb)s, %(schema_version)s,
        %(document)s);

-- name: load_document
-- One document.
SELECT document::text FROM handoff WHERE handoff_id = %(handoff_id)s;

-- name: find_between
-- The ids that begin alike, at most two.
SELECT handoff_id FROM handoff WHERE handoff_id BETWEEN %(first)s AND %(last)s LIMIT 2;

-- name: find_received
-- The document that an agent started from.
SELECT document::text FROM handoff WHERE target_agent_id = %(agent_id)s;

-- name: list_handoffs
-- Without the documents, newest first. Only the conditions that are asked for are put in, so
-- that each combination is planned for its own index.
SELECT handoff_id, request_id, user_id, project_id, source_agent_id, target_agent_id, agent_type,
       reason, created_at, completion_percentage, tokens_used, size_kb, schema_version
FROM handoff
WHERE {conditions}
ORDER BY created_at DESC
LIMIT %(limit)s;

-- name: by_user_id
-- A condition of list_handoffs.
user_id = %(user_id)s

-- name: by_request_id
-- A condition of list_handoffs.
request_id = %(request_id)s

-- name: by_reason
-- A condition of list_handoffs.
reason = %(reason)s

-- name: by_agent_type
-- A condition of list_handoffs.
agent_type = %(agent_type)s

-- name: by_since
-- A condition of list_handoffs.
created_at >= %(since)s

-- name: by_until
-- A condition of list_handoffs.
created_at < %(until)s
