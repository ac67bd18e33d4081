-- What a bot has stored that was in use for long: messages at an even rate, users with twenty each,
-- and all that follows from them, as retention would have left it.

-- name: load_quickly
-- Generated rows go together; nothing has to look whether they do.
SET session_replication_role = replica;

-- name: think_of_messages
-- Two of each user's messages asked for a build of their one app. The last user has sent more than
-- the others.
CREATE TEMP TABLE message AS
SELECT n, md5('user' || owner) AS user_id, md5('request' || n)::uuid AS request_id,
       'SM' || md5('message' || n) AS message_sid,
       at, round, CASE WHEN asks THEN md5('build' || n)::uuid END AS build_id,
       CASE WHEN asks THEN 1 + round / 10 END AS version,
       md5('project' || owner)::uuid AS project_id,
       -- The newest builds are under way, and a few of the others came to nothing.
       CASE WHEN n BETWEEN %(messages)s - 29 AND %(messages)s THEN 'running' WHEN n %% 20 = 0 THEN 'failed'
            ELSE 'completed' END AS status,
       at > now() - %(kept)s::interval AS is_kept
FROM (SELECT n, (n - 1) %% users AS owner, (n - 1) / users AS round,
             (n - 1) / users %% 10 = 9 - (users - 1 - (n - 1) %% users) %% 10 AS asks,
             now() - (%(messages)s - n) * %(apart)s::interval - interval '1 second' AS at
      FROM generate_series(1, %(messages)s) AS n, (SELECT %(messages)s / 20 AS users) AS sized
      UNION ALL
      SELECT %(messages)s + more, %(messages)s / 20 - 1, 20, false, now() - more * %(apart)s::interval
      FROM generate_series(1, %(more)s) AS more) AS thought;

-- name: think_of_builds
CREATE TEMP VIEW built AS SELECT * FROM message WHERE build_id IS NOT NULL;

-- name: add_users
INSERT INTO contact (user_id, platform, address_encrypted, address_key, current_project_id, language)
SELECT user_id, 'whatsapp', decode(repeat(user_id, 4), 'hex'), 'key of ' || user_id, project_id, 'en'
FROM message WHERE round = 0;

-- name: add_addresses
INSERT INTO user_address (address_key, user_id, is_number, held_since)
SELECT 'key of ' || user_id, user_id, true, at FROM message WHERE round = 0;

-- name: add_external_ids
INSERT INTO known_as (external_id, user_id)
SELECT 'external ' || user_id, user_id FROM message WHERE round = 0 AND n %% 10 = 0;

-- name: add_facts
INSERT INTO remembered (user_id, fact)
SELECT user_id, 'likes the number ' || n FROM message WHERE round < 3;

-- name: add_stop_orders
INSERT INTO stop_order (user_id, said_at) SELECT user_id, at FROM message WHERE round = 5;

-- name: add_requests
INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                     request_type, request_length, status, project_id, accepted_at, work_ended_at,
                     closed_at)
SELECT request_id, user_id, md5(user_id)::uuid, 'whatsapp', md5('trace' || n), left(md5('' || n), 16),
       CASE WHEN build_id IS NULL THEN 'talk' ELSE 'build' END, 20,
       CASE WHEN is_open THEN 'working' WHEN build_id IS NULL THEN 'completed' ELSE status END,
       CASE WHEN build_id IS NOT NULL THEN project_id END, at,
       CASE WHEN NOT is_open THEN at + interval '3 minutes' END,
       CASE WHEN NOT is_open THEN at + interval '4 minutes' END
FROM (SELECT *, build_id IS NOT NULL AND status = 'running' AS is_open FROM message) AS message;

-- name: add_messages
INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,
                             fields_encrypted, is_taken_in, received_at)
SELECT message_sid, request_id, user_id, 'text',
       CASE WHEN is_kept OR build_id IS NOT NULL THEN 'a counter with the number ' || n ELSE '' END,
       CASE WHEN is_kept THEN decode(repeat(md5('' || n), 20), 'hex') ELSE ''::bytea END, true, at
FROM message;

-- name: add_attachments
INSERT INTO attachment (message_sid, number, user_id, path, content_type, content, sha256,
                        project_id, request_id, received_at)
SELECT message_sid, 0, user_id, 'photo-' || n || '.jpg', 'image/jpeg', '\xff',
       sha256(('photo' || n)::bytea), project_id, request_id, at
FROM message WHERE version = 1;

-- name: add_projects
INSERT INTO project (project_id, user_id, shelf_number, title, site_token, current_version,
                     created_at, updated_at, swept_at)
SELECT project_id, user_id, 1, 'Counter ' || n, 'token-' || n, 2, at, at, at
FROM message WHERE version = 1;

-- name: add_contents
INSERT INTO blob (project_id, sha256, content)
SELECT project_id, sha256((path || n)::bytea), (path || n)::bytea
FROM built, (VALUES ('index.html'), ('app.js')) AS file (path);

-- name: add_files
INSERT INTO workspace_file (project_id, path, sha256, size, lines, updated_at)
SELECT project_id, path, sha256((path || n)::bytea), 500, 20, at
FROM built, (VALUES ('index.html'), ('app.js')) AS file (path) WHERE version = 2 AND n %% 50 <> 10;

-- name: add_versions
INSERT INTO version (project_id, number, request_id, version_token, manifest, based_on,
                     is_draft, published_at)
SELECT project_id, version, request_id, 'version-' || n, sha256(('files' || n)::bytea),
       nullif(version - 1, 0), n %% 50 = 10, at
FROM built;

-- name: add_version_files
INSERT INTO version_file (project_id, number, path, sha256, size, lines)
SELECT project_id, version, path, sha256((path || n)::bytea), 500, 20
FROM built, (VALUES ('index.html'), ('app.js')) AS file (path);

-- name: add_documents
INSERT INTO document (project_id, collection, document_id, data, size)
SELECT project_id, 'entries', md5(n || ' ' || entry), '{"name": "x"}', 20
FROM built, generate_series(1, 5) AS entry;

-- name: add_cleared_documents
INSERT INTO cleared_document (project_id, collection, document_id, data, size, created_at,
                              updated_at)
SELECT project_id, 'entries', md5('cleared' || n), '{"name": "x"}', 20, at, at
FROM built WHERE is_kept;

-- name: add_builds
INSERT INTO build (build_id, request_id, project_id, user_id, request_text, workflow, plan, phase,
                   status, owner, attempts, failure, created_at, ended_at, taken_at,
                   phase_started_at)
SELECT build_id, request_id, project_id, user_id, 'a counter with the number ' || n, 'full_build',
       '{"description": "A counter."}', 'building', status,
       CASE WHEN status = 'running' THEN md5('owner' || n)::uuid END, 1,
       CASE WHEN status = 'failed' THEN 'HttpError' END, at,
       CASE WHEN status <> 'running' THEN at + interval '2 minutes' END, at, at
FROM built;

-- name: add_requirements
INSERT INTO requirement (project_id, number, build_id, request_id, source, kind, words, met_in)
SELECT project_id, version, build_id, request_id, 'message', 'does', 'it counts', ARRAY[version]
FROM built;

-- name: add_changes
INSERT INTO change_request (build_id, request_id, body, applied_at)
SELECT build_id, request_id, 'make it blue', CASE WHEN status <> 'running' THEN at END FROM built;

-- name: add_questions
INSERT INTO question (build_id, user_id, tool_use_id, position, question, options, default_answer,
                      asked_at, answer, answered_at)
SELECT build_id, user_id, 'toolu_1', 1, 'Which colour?', '{red,blue}', 'red', at,
       CASE WHEN status <> 'running' THEN 'blue' END, CASE WHEN status <> 'running' THEN at END
FROM built;

-- name: add_rounds
INSERT INTO review_round (build_id, number, manifest, outcome, score, began_at)
SELECT build_id, 1, sha256(('files' || n)::bytea), 'passed', 8, at FROM built;

-- name: add_round_files
INSERT INTO review_file (build_id, number, project_id, path, sha256, size, lines)
SELECT build_id, 1, project_id, 'index.html', sha256(('index.html' || n)::bytea), 500, 20
FROM built WHERE status = 'running';

-- name: add_trials
INSERT INTO trial (build_id, manifest, list_hash, acceptance, report, picture, tried_at)
SELECT build_id, sha256(('files' || n)::bytea), sha256('list'), '{"language": "en"}', '{}',
       CASE WHEN is_kept THEN '\xff'::bytea END, at
FROM built;

-- name: add_views
INSERT INTO trial_view (build_id, manifest, list_hash, screen, content, sha256, taken_at)
SELECT build_id, sha256(('files' || n)::bytea), sha256('list'), 'phone', '\xff',
       sha256(('view' || n)::bytea), at
FROM built WHERE is_kept;

-- name: add_prompts
INSERT INTO agent_prompt (prompt_hash, system, tools)
SELECT md5('prompt' || n), 'You are an agent.', '[]' FROM generate_series(0, 9) AS n;

-- name: think_of_agents
-- Three of each build.
CREATE TEMP TABLE worker AS
SELECT built.*, role, place, role || '_v1_' || left(md5('build' || n), 12) AS agent_id
FROM built, (VALUES ('orchestrator', 1), ('designer', 2), ('frontend', 3)) AS job (role, place);

-- name: add_agents
INSERT INTO agent (agent_id, request_id, user_id, project_id, agent_type, version, state, model,
                   model_window, working_budget, max_output, warning_percentage,
                   critical_percentage, occupancy, continuation_mode, predecessor_agent_id,
                   opening, spawned_at, terminated_at, termination_reason, prompt_hash, effort)
SELECT agent_id, request_id, user_id, project_id, role, 1,
       CASE WHEN status = 'running' THEN 'ACTIVE' ELSE 'TERMINATED' END, 'claude-sonnet-5-5',
       1000000, 200000, 32000, 80, 90, 30000, CASE place WHEN 1 THEN 'fresh' ELSE 'handoff' END,
       CASE place WHEN 2 THEN 'orchestrator_v1_' || left(md5('build' || n), 12)
                  WHEN 3 THEN 'designer_v1_' || left(md5('build' || n), 12) END,
       '[]', at, CASE WHEN status <> 'running' THEN at + interval '1 minute' END,
       CASE WHEN status <> 'running' THEN 'task_complete' END, md5('prompt' || n %% 10), 'high'
FROM worker;

-- name: add_turns
INSERT INTO turn (agent_id, number, answer, stop_reason, results, answered_at, results_at)
SELECT agent_id, number, '[{"type": "text", "text": "I have counted."}]', 'tool_use', '[]', at, at
FROM worker, generate_series(1, 5) AS number WHERE is_kept AND n %% 50 <> 10;

-- name: add_offers
INSERT INTO agent_offer (agent_id, tools) SELECT agent_id, '[]' FROM worker WHERE is_kept;

-- name: add_outside_calls
INSERT INTO outside_call (agent_id, tool_use_id, server, tool, began_at, status, result)
SELECT agent_id, 'toolu_1', 'outside', 'look_up', at, 'ok', '{}' FROM worker WHERE is_kept;

-- name: add_deployments
INSERT INTO deployment (project_id, url, service, request_id, confirmed_at)
SELECT project_id, 'https://counter-' || n || '.example', 'Hosting', request_id, at FROM built;

-- name: add_handoffs
INSERT INTO handoff (handoff_id, request_id, user_id, project_id, source_agent_id,
                     target_agent_id, agent_type, reason, created_at, completion_percentage,
                     tokens_used, size_kb, schema_version, document)
SELECT md5('handoff' || source.agent_id)::uuid, source.request_id, source.user_id,
       source.project_id, source.agent_id, target.agent_id, source.role, 'handoff_complete',
       source.at, 100, 20000, 3, 2, CASE WHEN source.is_kept THEN '{}'::jsonb END
FROM worker AS source JOIN worker AS target
  ON target.build_id = source.build_id AND target.place = source.place + 1;

-- name: add_calls
INSERT INTO model_call (request_id, user_id, agent_id, operation, model, outcome, input_tokens,
                        output_tokens, cache_creation_tokens, cache_read_tokens, cost_usd,
                        reservation_id, called_at)
SELECT request_id, user_id, NULL, 'route', 'claude-haiku-5-5', 'end_turn', 900, 50, 0, 0, 0.001,
       gen_random_uuid(), at
FROM message
UNION ALL
SELECT request_id, user_id, agent_id, 'turn', 'claude-sonnet-5-5', 'tool_use', 4000, 800, 1000,
       20000, 0.02, gen_random_uuid(), at
FROM worker, generate_series(1, 5);

-- name: add_sums
INSERT INTO calls_of_day (day, user_id, project_id, model, calls, input_tokens, output_tokens,
                          cache_creation_tokens, cache_read_tokens, known_cost_usd, unpriced_calls)
SELECT at::date, user_id, NULL, 'claude-haiku-5-5', 1, 900, 50, 0, 0, 0.001, 0
FROM message WHERE round = 0;

-- name: add_accounts
INSERT INTO budget_account (account, user_id, spent)
SELECT 'request:' || request_id, user_id, 0.001 FROM message WHERE is_kept
UNION ALL
SELECT DISTINCT 'user:' || user_id || ':' || at::date, user_id, 0.001 FROM message WHERE is_kept
UNION ALL
SELECT DISTINCT 'total:' || at::date, NULL, 1.0 FROM message WHERE is_kept;

-- name: add_reservation
INSERT INTO budget_reservation (accounts, amount, expires_at)
SELECT ARRAY['request:' || request_id], 0.1, now() + interval '10 minutes'
FROM built WHERE status = 'running';

-- name: add_media
INSERT INTO media (media_id, user_id, file_name, content_type, content, created_at)
SELECT md5('media' || n)::uuid, user_id, 'app.png', 'image/png', '\xff', at
FROM built WHERE is_kept;

-- name: add_outbox
-- One in a hundred was never confirmed, and one in a hundred was given up.
INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body, choices, media_id,
                    state, attempts, attempted_at, provider_sid, provider_status, created_at,
                    sent_at, finished_at)
SELECT user_id, request_id, kind, request_id || ':' || kind, 1, 1,
       CASE WHEN is_kept THEN 'Here is what you asked for.' ELSE '' END,
       CASE WHEN kind = 'published' THEN '[{"id": "x", "title": "More"}]'::jsonb END,
       CASE WHEN kind = 'published' AND is_kept THEN md5('media' || n)::uuid END,
       CASE WHEN status = 'running' AND kind <> 'reply' THEN 'queued' WHEN n %% 100 = 1 THEN 'sent'
            WHEN n %% 100 = 2 THEN 'failed' ELSE 'delivered' END,
       1, at, CASE WHEN status <> 'running' OR kind = 'reply' THEN 'SM' || md5(kind || n) END,
       'delivered', at, at, CASE WHEN n %% 100 <> 1 THEN at END
FROM (SELECT *, unnest(CASE WHEN build_id IS NULL THEN '{reply}'
                            ELSE '{understood,progress,published}' END::text[]) AS kind
      FROM message) AS message;

-- name: add_former_sids
INSERT INTO former_sid (provider_sid, outbox_id)
SELECT 'SM' || md5('former' || id), id FROM outbox WHERE id %% 100 = 0;

-- name: add_jobs
-- Those that failed and are kept, and those of what is under way.
INSERT INTO procrastinate_jobs (queue_name, task_name, status, lock, args, attempts)
SELECT 'conversation', 'read_message', 'failed'::procrastinate_job_status, 'user:' || user_id,
       jsonb_build_object('message_sid', message_sid), 3
FROM message WHERE is_kept AND n %% 100 = 5
UNION ALL
SELECT 'build', 'run_build', 'doing', 'project:' || project_id,
       jsonb_build_object('build_id', build_id), 1
FROM built WHERE status = 'running'
UNION ALL
SELECT 'delivery', 'deliver', 'todo', 'delivery:' || user_id,
       jsonb_build_object('user_id', user_id), 0
FROM built WHERE status = 'running';

-- name: add_job_events
INSERT INTO procrastinate_events (job_id, type, at)
SELECT id, 'failed', now() - interval '1 day' FROM procrastinate_jobs WHERE status = 'failed';

-- name: add_job_failures
INSERT INTO job_failure (job_id, error) SELECT id, 'OSError' FROM procrastinate_jobs
WHERE status = 'failed';

-- name: add_forgotten
INSERT INTO forgotten_user (address_key, forgotten_at)
SELECT 'key of former ' || n, at FROM message WHERE is_kept AND n %% 100 = 7;

-- name: add_early_statuses
INSERT INTO early_status (provider_sid, status)
SELECT 'SM' || md5('early' || n), 'delivered' FROM message WHERE is_kept AND n %% 1000 = 7;

-- name: add_acts
-- Operators did something to every tenth request.
INSERT INTO audit (at, operator, action, subject, reason)
SELECT at, 'kim', 'cancel', 'request:' || request_id, 'it ran wild' FROM message WHERE n %% 10 = 3;

-- name: make_today
SELECT telemetry.make_day(day::date) FROM generate_series(now() - interval '1 day', now(), '1 day') AS day;

-- name: add_records
-- Twenty of each message of the last day.
INSERT INTO telemetry.record (start_timestamp, end_timestamp, duration, level, kind, span_name,
                              message, trace_id, span_id, is_exception, attributes,
                              otel_resource_attributes, service_name)
SELECT at, at, 0.1, 'info', 'span', 'step ' || part, 'step', md5('trace' || n),
       left(md5(n || ' ' || part), 16), false, '{}', '{}', 'bench'
FROM message, generate_series(1, 20) AS part WHERE at > now() - interval '1 day' + interval '1 s';

-- name: add_metrics
INSERT INTO telemetry.metric (recorded_timestamp, metric_name, metric_type, scalar_value,
                              attributes, otel_resource_attributes, service_name)
SELECT at, 'metric ' || part, 'sum', 1, '{}', '{}', 'bench'
FROM message, generate_series(1, 5) AS part WHERE at > now() - interval '1 day' + interval '1 s';

-- name: load_as_usual
-- From now on rows are looked at again.
SET session_replication_role = origin;

-- name: gather_statistics
-- As autovacuum would.
VACUUM ANALYZE;

-- name: find_typical
-- Ids of one user: the one with the newest build.
SELECT build.build_id, build.request_id, build.user_id, build.project_id, build.owner,
       agent.agent_id, agent.predecessor_agent_id, predecessor_agent_id AS source_agent_id,
       agent.agent_id AS target_agent_id, agent.prompt_hash, site_token AS token, version_token,
       version.number, version.manifest, inbound_message.message_sid, question.question_id, reservation_id, accounts,
       outbox.id AS outbox_id, held.provider_sid, contact.address_key, attachment.sha256,
       media.media_id, handoff_id, job.id AS job_id, workspace_file.sha256 AS file_sha256,
       other.request_id AS other_request_id, old.project_id AS other_project_id,
       old.question_id AS other_question_id, 'frontend' || old.suffix AS lone_agent_id,
       'orchestrator' || old.suffix AS other_agent_id, idle.agent_id AS third_agent_id
FROM build
JOIN LATERAL (
    SELECT request_id FROM request
    WHERE request.user_id = build.user_id AND request_type = 'talk' LIMIT 1) AS other ON true
JOIN LATERAL (
    -- Of an old build of somebody else, whose project has no files any more.
    SELECT question_id, build.project_id, substr(agent_id, strpos(agent_id, '_')) AS suffix
    FROM version JOIN build USING (project_id, request_id) JOIN question USING (build_id)
    JOIN agent USING (request_id)
    WHERE is_draft AND version.number = 2 AND agent_type = 'frontend'
    ORDER BY build.created_at LIMIT 1) AS old ON true
JOIN LATERAL (
    SELECT agent_id FROM agent
    WHERE agent_type = 'frontend'
      AND NOT EXISTS (SELECT FROM turn WHERE turn.agent_id = agent.agent_id)
    ORDER BY spawned_at LIMIT 1) AS idle ON true
JOIN workspace_file ON workspace_file.project_id = build.project_id AND workspace_file.path = 'index.html'
JOIN agent ON agent.request_id = build.request_id AND agent_type = 'frontend'
JOIN project ON project.project_id = build.project_id
JOIN version ON version.request_id = build.request_id
JOIN inbound_message ON inbound_message.request_id = build.request_id
JOIN question ON question.build_id = build.build_id
JOIN budget_reservation ON accounts[1] = 'request:' || build.request_id
JOIN outbox ON outbox.request_id = build.request_id AND outbox.state = 'queued'
JOIN outbox AS held ON held.user_id = build.user_id AND held.state = 'delivered'
JOIN contact ON contact.user_id = build.user_id
JOIN attachment ON attachment.project_id = build.project_id
JOIN media ON media.user_id = build.user_id
JOIN handoff ON handoff.request_id = build.request_id
JOIN procrastinate_jobs AS job ON job.args ->> 'build_id' = build.build_id::text
ORDER BY build.created_at DESC, outbox.id, held.id DESC LIMIT 1;
