-- name: tell_time
-- The time by which everything here is stamped.
SELECT clock_timestamp()

-- name: find_scene
-- What a user's stage shows: the newest request that builds something or is not read yet. A message
-- to a build that is under way is part of that build.
SELECT now() AS seen_at, request.request_id, trace_id, request.status, accepted_at, work_ended_at,
       request_text, workflow, plan, phase, failure, waits_until, project.project_id, title,
       site_token,
       (SELECT number FROM version
        WHERE version.project_id = project.project_id AND version.request_id = request.request_id
          AND NOT is_draft ORDER BY number DESC LIMIT 1) AS published_version
FROM request
JOIN contact USING (user_id)
LEFT JOIN build USING (request_id)
LEFT JOIN project ON project.project_id = build.project_id
WHERE contact.address_key = %(address_key)s
  AND (build_id IS NOT NULL OR (request_type IS NULL AND work_ended_at IS NULL))
ORDER BY accepted_at DESC
LIMIT 1

-- name: list_agents
-- The agents of a request in the order of their lives, with what each has cost.
SELECT agent_id, agent_type, version, state, threshold, occupancy, usable_budget, terminated_at,
       termination_reason,
       (SELECT count(*) FROM turn WHERE turn.agent_id = agent.agent_id)::int AS turns,
       (SELECT coalesce(sum(cost_usd), 0) FROM model_call
        WHERE model_call.request_id = agent.request_id
          AND model_call.agent_id = agent.agent_id) AS cost_usd
FROM agent
WHERE request_id = %(request_id)s
ORDER BY spawned_at, version

-- name: read_answer
-- What an agent answered in a turn.
SELECT answer FROM turn WHERE agent_id = %(agent_id)s AND number = %(number)s

-- name: list_spans
-- The trace, without what surrounds single statements and requests over HTTP; one that has not
-- ended has no end yet. A span that is told again, as a delivery is, counts as it was told last.
SELECT * FROM (
    SELECT DISTINCT ON (span_id)
           span_id, parent_span_id, span_name, message, start_timestamp AS began_at,
           CASE WHEN kind = 'span' THEN end_timestamp END AS ended_at, level::text, process_pid,
           attributes ->> 'agent_id' AS agent_id, attributes ->> 'operation_name' AS operation,
           attributes ->> 'tool_name' AS tool, attributes ->> 'result_status' AS result_status,
           attributes ->> 'from_phase' AS from_phase,
           (attributes ->> 'usage_percentage')::float8 AS usage_percentage,
           coalesce((attributes ->> 'db.statements')::int, 0) AS statements, exception_type
    FROM records_all
    WHERE trace_id = %(trace_id)s AND kind IN ('span', 'pending_span')
      AND span_name !~ '^(POST|GET|anthropic|database_|agent_spawn)'
    ORDER BY span_id, kind DESC, end_timestamp DESC NULLS LAST) AS latest
ORDER BY began_at

-- name: list_calls
-- The ledger of a request.
SELECT agent_id, operation, outcome, input_tokens, output_tokens, cache_creation_tokens,
       cache_read_tokens, cost_usd, called_at
FROM model_call
WHERE request_id = %(request_id)s
ORDER BY id

-- name: list_calls_under_way
-- The calls of a request that have not ended, with what they have used so far.
SELECT agent_id, model, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens
FROM budget_reservation
WHERE accounts[1] = 'request:' || %(request_id)s::uuid

-- name: list_handoffs
-- What one agent has handed to the next.
SELECT handoff_id, source_agent_id, target_agent_id, reason, created_at, size_kb
FROM handoff
WHERE request_id = %(request_id)s
ORDER BY created_at

-- name: read_handoff
-- One document, of this user alone.
SELECT source_agent_id, target_agent_id, reason, completion_percentage, tokens_used, size_kb,
       schema_version, document
FROM handoff JOIN contact USING (user_id)
WHERE handoff_id = %(handoff_id)s AND contact.address_key = %(address_key)s

-- name: list_messages
-- What was said to the user because of a request.
SELECT state, created_at FROM outbox
WHERE request_id = %(request_id)s
ORDER BY id

-- name: find_heard
-- When a user wrote last.
SELECT max(received_at)
FROM inbound_message JOIN contact USING (user_id)
WHERE contact.address_key = %(address_key)s

-- name: list_calls_since
-- The model calls for a user since then.
SELECT agent_id, operation, outcome, input_tokens, output_tokens, cache_creation_tokens,
       cache_read_tokens, cost_usd, called_at
FROM model_call JOIN contact USING (user_id)
WHERE contact.address_key = %(address_key)s AND called_at >= %(since)s
ORDER BY id

-- name: list_messages_since
-- What was said to a user since then.
SELECT state, created_at
FROM outbox JOIN contact USING (user_id)
WHERE contact.address_key = %(address_key)s AND created_at >= %(since)s
ORDER BY id

-- name: list_files
-- The files that are being worked on, or those of a version.
SELECT path, size, lines, encode(sha256, 'hex') AS sha256
FROM workspace_file
WHERE project_id = %(project_id)s AND %(version)s::int IS NULL
UNION ALL
SELECT path, size, lines, encode(sha256, 'hex')
FROM version_file
WHERE project_id = %(project_id)s AND number = %(version)s
ORDER BY path

-- name: read_file
-- The bytes of a file that is being worked on, or of one of a version.
SELECT content
FROM blob
WHERE project_id = %(project_id)s
  AND sha256 = (SELECT sha256 FROM workspace_file
                WHERE project_id = %(project_id)s AND path = %(path)s AND %(version)s::int IS NULL
                UNION ALL
                SELECT sha256 FROM version_file
                WHERE project_id = %(project_id)s AND path = %(path)s AND number = %(version)s
                LIMIT 1)
