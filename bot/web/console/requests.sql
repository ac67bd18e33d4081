-- name: list_requests_by_page
-- Requests, the latest first, under conditions that are put in.
SELECT request.request_id, request.user_id, request.status, request_type, request_length,
       accepted_at, work_ended_at, work_ended_at - accepted_at AS took, workflow, failure, title,
       (SELECT cost_usd FROM spent_on(request, build.request_id)),
       (SELECT count(*) FROM outbox
        WHERE outbox.request_id = request.request_id AND state = 'failed') AS undelivered
FROM request
LEFT JOIN LATERAL build_of(request.request_id) AS build ON true
LEFT JOIN project ON project.project_id = request.project_id
WHERE {conditions}
ORDER BY accepted_at DESC, request.request_id DESC
LIMIT %(limit)s;

-- name: kind_all
-- A condition of list_requests.
true

-- name: kind_builds
-- A condition of list_requests: what is built or changed.
request_type IN ('build', 'change', 'retry')

-- name: kind_open
-- A condition of list_requests.
closed_at IS NULL

-- name: kind_failed
-- A condition of list_requests.
request.status = 'failed'

-- name: kind_stopped
-- A condition of list_requests.
request.status = 'stopped'

-- name: of_user
-- A condition of list_requests.
request.user_id = %(user_id)s

-- name: before_place
-- A condition of list_requests.
(accepted_at, request.request_id) < (%(before)s, %(before_id)s)
