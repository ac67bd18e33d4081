-- name: find_user
-- A user, without their address.
SELECT user_id, platform, language, language_is_requested, first_inbound_at, last_inbound_at,
       window_closed_at, suppressed_at, suppressed_reason, forget_asked_at,
       last_inbound_at + interval '24 hours' AS window_ends_at,
       coalesce(window_closed_at < last_inbound_at, true)
           AND last_inbound_at > now() - interval '24 hours' AS window_is_open,
       coalesce((SELECT raised FROM budget_account
                 WHERE account = account_of_user(contact.user_id,
                                                 (now() AT TIME ZONE 'UTC')::date)), 0) AS raised
FROM contact WHERE user_id = %(user_id)s;

-- name: list_projects_of_user
-- Their projects, the one worked on last first.
SELECT project.project_id, shelf_number, title, current_version, created_at, updated_at,
       (SELECT count(*) FROM workspace_file AS file
        WHERE file.project_id = project.project_id) AS files,
       (SELECT sum(size) FROM workspace_file AS file
        WHERE file.project_id = project.project_id) AS octets
FROM project WHERE user_id = %(user_id)s
ORDER BY updated_at DESC
LIMIT %(limit)s;

-- name: list_messages_to
-- The last messages to a user, without their texts.
SELECT id, request_id, kind, part, parts, state, attempts, error_code, error_message, is_owed,
       length(body) AS length, created_at, finished_at
FROM outbox WHERE user_id = %(user_id)s
ORDER BY id DESC
LIMIT %(limit)s;

-- name: list_days_of_user
-- What they have spent on each of the last 14 days (UTC).
SELECT days.day::date AS day, spent, reserved
FROM generate_series(%(until)s::date - 13, %(until)s::date, interval '1 day') AS days (day)
LEFT JOIN budget_account ON account = account_of_user(%(user_id)s, days.day::date)
ORDER BY days.day;

-- name: list_spent_by_role
-- What the roles of the crew have cost them in the last 24 hours.
SELECT coalesce(substring(agent_id FROM '^(.*)_v[0-9]+_'), 'router') AS role, count(*) AS calls,
       sum(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens)::bigint
           AS tokens, sum(cost_usd) AS cost_usd
FROM model_call
WHERE user_id = %(user_id)s AND called_at > now() - interval '1 day'
GROUP BY role
ORDER BY tokens DESC;
