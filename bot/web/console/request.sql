-- name: find_request
-- A request with its build, project and what model calls used for it: under the id for which the
-- build's agents work, which of a retry is not its own.
SELECT request.request_id, request.user_id, request.status, request_type, request_length, platform,
       trace_id, accepted_at, work_ended_at, closed_at, build.build_id, retry_request_id,
       coalesce(build.request_id, request.request_id) AS work_id, workflow, phase,
       phase_started_at, failure, build.attempts, waits_until, request.project_id, title,
       current_version, spent.*,
       (SELECT count(*) FROM outbox
        WHERE outbox.request_id = request.request_id AND state = 'failed') AS undelivered,
       (SELECT string_agg(number::text, ', ' ORDER BY number) FROM version
        WHERE version.project_id = request.project_id
          AND version.request_id = request.request_id AND NOT is_draft) AS published
FROM request
LEFT JOIN LATERAL build_of(request.request_id) AS build ON true
LEFT JOIN project ON project.project_id = request.project_id
CROSS JOIN LATERAL spent_on(request, build.request_id) AS spent
WHERE request.request_id = %(request_id)s;

-- name: list_turns
-- How many turns each agent has taken.
SELECT agent.agent_id, count(*) AS turns
FROM agent JOIN turn ON turn.agent_id = agent.agent_id
WHERE agent.request_id = %(work_id)s
GROUP BY agent.agent_id;

-- name: list_stretches
-- When its agents asked their model and when they ran tools, by the ledger and their turns.
(SELECT agent_id, 'model' AS kind, began_at, called_at AS ended_at
 FROM model_call
 WHERE request_id = %(work_id)s AND agent_id IS NOT NULL AND began_at IS NOT NULL
 ORDER BY id LIMIT %(limit)s)
UNION ALL
(SELECT agent_id, 'tool', answered_at, results_at
 FROM agent JOIN turn USING (agent_id)
 WHERE agent.request_id = %(work_id)s AND stop_reason = 'tool_use'
   AND answered_at >= spawned_at AND results_at IS NOT NULL
 ORDER BY answered_at LIMIT %(limit)s);

-- name: list_messages
-- What was written in either direction, without the texts, in the order of time.
SELECT NULL::bigint AS id, 'from the user' AS direction, message_type AS kind, 1 AS part, 1 AS parts,
       'received' AS state, message_sid AS sid, NULL::text AS former_sids, length(body) AS length,
       NULL::int AS attempts, NULL::int AS error_code, NULL::text AS error_message, false AS is_owed,
       received_at AS queued_at, NULL::timestamptz AS sent_at, NULL::timestamptz AS ended_at,
       NULL::timestamptz AS read_at
FROM inbound_message
WHERE request_id = %(request_id)s
UNION ALL
(SELECT id, 'to the user', kind, part, parts, state, provider_sid,
        (SELECT string_agg(left(former_sid.provider_sid, 10) || '…'
                           || coalesce(' (' || former_sid.error_code || ')', ''), ', ')
         FROM former_sid WHERE outbox_id = outbox.id),
        length(body), attempts, error_code, error_message, is_owed, created_at, sent_at,
        finished_at, read_at
 FROM outbox
 WHERE request_id = %(request_id)s
 ORDER BY id LIMIT %(limit)s)
ORDER BY queued_at, id;

-- name: list_calls
-- The ledger of a request since it was accepted; `work_id` is for which id its agents work.
SELECT id, agent_id, operation, model, outcome, input_tokens, output_tokens, thinking_tokens,
       cache_creation_tokens, cache_read_tokens, cost_usd, turn, began_at, called_at
FROM model_call
WHERE request_id IN (%(request_id)s, %(work_id)s) AND called_at >= %(since)s
ORDER BY called_at, id
LIMIT %(limit)s;

-- name: list_handoffs_of_request
-- Its handoffs in the order of time, without the documents.
SELECT handoff_id, source_agent_id, target_agent_id, reason, created_at, completion_percentage,
       size_kb, document IS NULL AS is_removed
FROM handoff
WHERE request_id = %(request_id)s
ORDER BY created_at
LIMIT %(limit)s;

-- name: find_documents
-- The documents of some of its handoffs.
SELECT handoff_id, document::text FROM handoff
WHERE request_id = %(request_id)s AND handoff_id = ANY (%(handoff_ids)s);

-- name: list_pictures
-- What a browser saw of the app, by the hash of each picture's contents, in the order of time.
SELECT DISTINCT ON (tried_at, screen) tried_at, screen, encode(hash, 'hex') AS sha256
FROM (SELECT tried_at, 'in use' AS screen, sha256(picture) AS hash FROM trial
      WHERE build_id = %(build_id)s AND picture IS NOT NULL
      UNION ALL
      SELECT tried_at, 'where a step failed', sha256(failure) FROM trial
      WHERE build_id = %(build_id)s AND failure IS NOT NULL
      UNION ALL
      SELECT tried_at, screen, sha256 FROM trial_view
      JOIN trial USING (build_id, manifest, list_hash)
      WHERE trial_view.build_id = %(build_id)s) AS seen
ORDER BY tried_at, screen
LIMIT %(limit)s;

-- name: find_picture
-- One of them.
SELECT content, type FROM (
    SELECT picture AS content, 'image/png' AS type FROM trial
    WHERE build_id = %(build_id)s AND sha256(picture) = %(sha256)s
    UNION ALL
    SELECT failure, 'image/png' FROM trial
    WHERE build_id = %(build_id)s AND sha256(failure) = %(sha256)s
    UNION ALL
    SELECT content, 'image/jpeg' FROM trial_view
    WHERE build_id = %(build_id)s AND sha256 = %(sha256)s) AS seen
LIMIT 1;
