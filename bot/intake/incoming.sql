-- name: load_message
-- The message that a conversation job is to read.
SELECT message_sid, request_id, user_id, message_type, body, fields_encrypted
FROM inbound_message WHERE message_sid = %(message_sid)s;
