-- name: remove_turns
-- Conversations of agents that have ended and whose request nobody can go on with.
DELETE FROM turn WHERE (agent_id, number) IN (
    SELECT agent_id, number FROM turn JOIN agent USING (agent_id)
    WHERE answered_at < %(before)s AND terminated_at IS NOT NULL
      AND NOT may_go_on(agent.request_id)
    ORDER BY answered_at LIMIT %(limit)s FOR UPDATE OF turn SKIP LOCKED);

-- name: remove_tool_results
-- Calls of other services' tools, likewise.
DELETE FROM outside_call WHERE (agent_id, tool_use_id) IN (
    SELECT agent_id, tool_use_id FROM outside_call JOIN agent USING (agent_id)
    WHERE began_at < %(before)s AND terminated_at IS NOT NULL
      AND NOT may_go_on(agent.request_id)
    ORDER BY began_at LIMIT %(limit)s FOR UPDATE OF outside_call SKIP LOCKED);

-- name: remove_handoffs
-- Documents whose successor has ended; the row still says who handed over to whom.
UPDATE handoff SET document = NULL WHERE handoff_id IN (
    SELECT handoff_id FROM handoff JOIN agent ON agent_id = target_agent_id
    WHERE document IS NOT NULL AND created_at < %(before)s AND terminated_at IS NOT NULL
      AND NOT may_go_on(handoff.request_id)
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE OF handoff SKIP LOCKED);

-- name: remove_inbound
-- What Twilio sent, and the text unless an app was asked for with it: a later change reads that.
-- The message's id stays, so that it is never taken in again.
UPDATE inbound_message
SET fields_encrypted = ''::bytea,
    body = CASE
        WHEN EXISTS (SELECT FROM request WHERE request.request_id = inbound_message.request_id
                     AND project_id IS NOT NULL AND request_type IN ('build', 'change'))
          OR EXISTS (SELECT FROM build
                     WHERE inbound_message.request_id IN (build.request_id, retry_request_id)
                       AND build.user_id = inbound_message.user_id)
          OR EXISTS (SELECT FROM wished_change
                     WHERE wished_change.request_id = inbound_message.request_id)
        THEN body ELSE '' END
WHERE message_sid IN (
    SELECT message_sid FROM inbound_message JOIN request USING (request_id)
    WHERE fields_encrypted <> ''::bytea AND received_at < %(before)s AND closed_at IS NOT NULL
    ORDER BY received_at LIMIT %(limit)s FOR UPDATE OF inbound_message SKIP LOCKED);

-- name: remove_outbound
-- Texts of messages that have ended, or that Twilio took in and never told the end of.
UPDATE outbox SET body = '' WHERE id IN (
    SELECT id FROM outbox JOIN request USING (request_id)
    WHERE body <> '' AND created_at < %(before)s AND closed_at IS NOT NULL
      AND state IN ('sent', 'delivered', 'read', 'failed', 'suppressed')
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE OF outbox SKIP LOCKED);

-- name: remove_media
-- Pictures and files that no message on its way shows.
DELETE FROM media WHERE media_id IN (
    SELECT media_id FROM media
    WHERE created_at < %(before)s
      AND NOT EXISTS (SELECT FROM outbox WHERE outbox.media_id = media.media_id
                      AND state NOT IN ('sent', 'delivered', 'read', 'failed', 'suppressed'))
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_jobs
-- Jobs that failed or were called off; nobody has given them another chance.
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs AS job
    WHERE status IN ('failed', 'cancelled', 'aborted')
      AND (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) < %(before)s
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_budgets
-- Accounts of days that are over, unless a call is still under way on them.
DELETE FROM budget_account WHERE account IN (
    SELECT account FROM budget_account
    WHERE (account LIKE 'user:%%' OR account LIKE 'total:%%')
      AND right(account, 10) < to_char(%(before)s AT TIME ZONE 'UTC', 'YYYY-MM-DD')
      AND reserved = 0
    ORDER BY right(account, 10) LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: measure_turns
SELECT pg_total_relation_size('turn'), count(*), min(answered_at) FROM turn;

-- name: measure_tool_results
SELECT pg_total_relation_size('outside_call'), count(*), min(began_at) FROM outside_call;

-- name: measure_handoffs
SELECT pg_total_relation_size('handoff'), count(*), min(created_at)
FROM handoff WHERE document IS NOT NULL;

-- name: measure_inbound
SELECT pg_total_relation_size('inbound_message'), count(*), min(received_at)
FROM inbound_message WHERE fields_encrypted <> ''::bytea;

-- name: measure_outbound
SELECT pg_total_relation_size('outbox'), count(*), min(created_at) FROM outbox WHERE body <> '';

-- name: measure_media
SELECT pg_total_relation_size('media'), count(*), min(created_at) FROM media;

-- name: measure_jobs
SELECT pg_total_relation_size('procrastinate_jobs'), count(DISTINCT job.id), min(at)
FROM procrastinate_jobs AS job JOIN procrastinate_events ON job_id = job.id
WHERE status IN ('failed', 'cancelled', 'aborted');

-- name: measure_budgets
SELECT pg_total_relation_size('budget_account'), count(*),
       min(right(account, 10))::date::timestamp AT TIME ZONE 'UTC'
FROM budget_account WHERE account LIKE 'user:%' OR account LIKE 'total:%';
