-- name: measure_turns
-- Here as everywhere below up to 10,000 rows are counted; of more, their index knows about how many
-- there are (`number_of`). Those that are looked at are the oldest.
SELECT pg_total_relation_size('turn'), number_of('turn_by_time', count(*)), min(at)
FROM (SELECT answered_at AS at FROM turn ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_views
SELECT pg_total_relation_size('trial_view') + pg_total_relation_size('trial'), number_of('trial_view_by_time', count(*)), min(at)
FROM (SELECT taken_at AS at FROM trial_view ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_tool_results
SELECT pg_total_relation_size('outside_call'), number_of('outside_call_by_time', count(*)), min(at)
FROM (SELECT began_at AS at FROM outside_call ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_prompts
SELECT pg_total_relation_size('agent_prompt'), number_of('agent_prompt_by_time', count(*)), min(at)
FROM (SELECT used_at AS at FROM agent_prompt ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_handoffs
SELECT pg_total_relation_size('handoff'), number_of('handoff_with_document', count(*)), min(at)
FROM (SELECT created_at AS at FROM handoff WHERE document IS NOT NULL ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_inbound
SELECT pg_total_relation_size('inbound_message') + pg_total_relation_size('doubt'), number_of('inbound_message_with_fields', count(*)), min(at)
FROM (SELECT received_at AS at FROM inbound_message WHERE fields_encrypted <> ''::bytea ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_outbound
SELECT pg_total_relation_size('outbox'), number_of('outbox_with_text', count(*)), min(at)
FROM (SELECT created_at AS at FROM outbox WHERE body <> '' ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_media
SELECT pg_total_relation_size('media'), number_of('media_by_time', count(*)), min(at)
FROM (SELECT created_at AS at FROM media ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_uploads
SELECT pg_total_relation_size('attachment'), count(*), min(at)
FROM (SELECT received_at AS at FROM attachment WHERE project_id IS NULL
      ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_cleared
SELECT pg_total_relation_size('cleared_document'), number_of('cleared_document_by_time', count(*)), min(at)
FROM (SELECT cleared_at AS at FROM cleared_document ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_shares
SELECT pg_total_relation_size('document'), number_of('document_with_share', count(*)),
       min(day)::timestamp AT TIME ZONE 'UTC'
FROM (SELECT share_day AS day FROM document WHERE share_key IS NOT NULL
      ORDER BY day LIMIT 10001) AS oldest;

-- name: measure_jobs
SELECT pg_total_relation_size('procrastinate_jobs'), count(DISTINCT job.id), min(at)
FROM procrastinate_jobs AS job JOIN procrastinate_events ON job_id = job.id
WHERE status IN ('failed', 'cancelled', 'aborted');

-- name: measure_budgets
SELECT pg_total_relation_size('budget_account'), number_of('budget_account_by_day', count(*)),
       min(day)::date::timestamp AT TIME ZONE 'UTC'
FROM (SELECT right(account, 10) AS day FROM budget_account
      WHERE account LIKE 'user:%' OR account LIKE 'total:%'
      ORDER BY day LIMIT 10001) AS oldest;

-- name: measure_calls
SELECT pg_total_relation_size('model_call') + pg_total_relation_size('calls_of_day'),
       number_of('model_call_by_time', count(*)), min(at)
FROM (SELECT called_at AS at FROM model_call ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_drafts
SELECT pg_total_relation_size('version'), number_of('version_draft_by_time', count(*)), min(at)
FROM (SELECT published_at AS at FROM version WHERE is_draft ORDER BY at LIMIT 10001) AS oldest;

-- name: measure_files
SELECT pg_total_relation_size('blob'), number_of('blob_pkey', count(*)),
       (SELECT created_at FROM project
        WHERE EXISTS (SELECT FROM blob WHERE blob.project_id = project.project_id)
        ORDER BY created_at LIMIT 1)
FROM (SELECT FROM blob LIMIT 10001) AS counted;

-- name: measure_audit
SELECT pg_total_relation_size('audit'), number_of('audit_by_time', count(*)), min(at)
FROM (SELECT at FROM audit ORDER BY at LIMIT 10001) AS oldest;
