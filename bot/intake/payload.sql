-- name: load_fields
-- Everything that Twilio sent with a message, encrypted.
SELECT fields_encrypted FROM inbound_message WHERE message_sid = %(message_sid)s;
