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
