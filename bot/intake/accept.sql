-- name: accept_message
-- Contact, message, request and conversation job at once; NULL for a message that was here before.
SELECT accept_message(%(message_sid)s, %(user_id)s, %(platform)s, %(address)s, %(message_type)s,
                      %(body)s, %(fields)s, %(request_id)s, %(trace_id)s, %(span_id)s,
                      %(address_key)s)
