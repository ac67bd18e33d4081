-- name: read_request
-- A request, its build, and what the ledger says it cost; of a build that goes on in the
-- request's name, since then.
SELECT request.request_id, trace_id, request.user_id, request.project_id, title, request_type,
       request_length, request.status, accepted_at, work_ended_at, closed_at,
       build.phase, build.attempts, build.failure,
       spent.calls, coalesce(spent.tokens, 0) AS tokens,
       coalesce(spent.cost_usd, 0) AS known_cost_usd, spent.unpriced_calls
FROM request
LEFT JOIN project USING (project_id)
LEFT JOIN LATERAL build_of(request.request_id) AS build ON true
CROSS JOIN LATERAL spent_on(request, build.request_id) AS spent
WHERE request.request_id = %(request_id)s;

-- name: read_user
-- A user without their address.
SELECT contact.user_id, language, first_inbound_at, last_inbound_at,
       window_closed_at IS NOT NULL OR last_inbound_at < now() - interval '24 hours'
           AS window_is_closed,
       suppressed_reason,
       (SELECT count(*) FROM project WHERE project.user_id = contact.user_id) AS projects,
       coalesce(today.spent, 0) AS spent_usd, coalesce(today.raised, 0) AS raised_usd
FROM contact
LEFT JOIN budget_account AS today
       ON today.account = account_of_user(contact.user_id, (now() AT TIME ZONE 'UTC')::date)
WHERE contact.user_id = %(user_id)s;

-- name: list_requests
-- A user's latest requests, newest first.
SELECT request_id, request_type, status, title, accepted_at, closed_at
FROM request LEFT JOIN project USING (project_id)
WHERE request.user_id = %(user_id)s
ORDER BY accepted_at DESC LIMIT %(limit)s;
