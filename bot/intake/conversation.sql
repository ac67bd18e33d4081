-- name: load_message
-- The message that a conversation job is to read.
SELECT message_sid, request_id, user_id, message_type, body
FROM inbound_message WHERE message_sid = %(message_sid)s;

-- name: previous_message
-- What a person wrote before a message, if that was within a day.
SELECT before.body
FROM inbound_message AS before, inbound_message AS this
WHERE this.message_sid = %(message_sid)s AND before.user_id = %(user_id)s
  AND before.received_at < this.received_at
  AND before.received_at > this.received_at - interval '1 day'
ORDER BY before.received_at DESC LIMIT 1;

-- name: load_fields
-- Everything that Twilio sent with a message, encrypted.
SELECT fields_encrypted FROM inbound_message WHERE message_sid = %(message_sid)s;
