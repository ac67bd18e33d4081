-- name: words_of_request
-- What the user wrote in a request, in order.
SELECT body FROM inbound_message
WHERE request_id = %(request_id)s
ORDER BY received_at, message_sid;

-- name: applied_changes
-- What the user wrote while a request's build was under way and its agents have read, in order.
SELECT change_request.body
FROM build JOIN change_request USING (build_id)
WHERE build.request_id = %(request_id)s AND applied_at IS NOT NULL
ORDER BY change_id;

-- name: earlier_requests
-- What the user asked of this project before a request, in order.
SELECT inbound_message.body
FROM request AS current
JOIN request AS earlier ON earlier.user_id = current.user_id
                       AND earlier.project_id = %(project_id)s
                       AND earlier.accepted_at < current.accepted_at
                       AND earlier.request_type IN ('build', 'change')
JOIN inbound_message ON inbound_message.request_id = earlier.request_id
WHERE current.request_id = %(request_id)s
ORDER BY inbound_message.received_at, inbound_message.message_sid;
