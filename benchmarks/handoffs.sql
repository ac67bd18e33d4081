-- name: add_user
-- Whose handoffs are measured.
INSERT INTO contact (user_id, platform, address_encrypted)
VALUES (%(user_id)s, 'whatsapp', '\x00');

-- name: add_request
-- Their request.
INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                     request_length)
VALUES (%(request_id)s, %(user_id)s, gen_random_uuid(), 'whatsapp', '0', '0', 1);

-- name: make_scale
-- What a bare commit writes to.
CREATE TABLE scale (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, noted text NOT NULL);

-- name: commit_barely
-- One small row, one commit: the least that the database takes for anything durable.
INSERT INTO scale (noted) VALUES ('a row');

-- name: load_quickly
-- For generated rows only: no agents stand behind them, and their loss would not matter.
SET session_replication_role = replica;

-- name: generate_handoffs
-- Two years of handoffs of 20,000 users. A real document is stored out of line, so that its row
-- is as wide as one of these.
INSERT INTO handoff (handoff_id, request_id, user_id, project_id, source_agent_id,
                     target_agent_id, agent_type, reason, created_at, completion_percentage,
                     tokens_used, size_kb, schema_version, document)
SELECT gen_random_uuid(), md5('request' || n / 4)::uuid, md5('user' || n / 4 %% 20000),
       md5('project' || n / 16)::uuid, 'source_' || n, 'target_' || n,
       (ARRAY['orchestrator', 'designer', 'frontend', 'frontend'])[1 + n %% 4],
       CASE WHEN n %% 4 = 3 THEN 'context_window_exhausted' ELSE 'handoff_complete' END,
       now() - n * interval '63 seconds', n %% 100, 100000 + n %% 50000, n %% 300, 2, '{}'
FROM generate_series(1, %(rows)s) AS n;

-- name: gather_statistics
-- As autovacuum would.
VACUUM ANALYZE handoff;
