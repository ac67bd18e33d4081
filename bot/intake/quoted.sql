-- name: list_bodies
-- What was said in a request, in order.
SELECT body FROM inbound_message WHERE request_id = %(request_id)s
ORDER BY received_at, message_sid;
