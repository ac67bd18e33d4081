-- name: accept_message
-- Contact, message, request and conversation job at once; NULL for a message that was here before.
-- What may overtake gets a second job in a lane of its own, which does not wait for those of earlier
-- messages; whichever of the two is later finds it done.
WITH accepted AS (
    SELECT accept_message(%(message_sid)s, %(user_id)s, %(platform)s, %(address)s,
                          %(message_type)s, %(body)s, %(fields)s, %(request_id)s, %(trace_id)s,
                          %(span_id)s, %(address_key)s, %(sent_at)s) AS request_id
)
SELECT request_id,
       CASE WHEN request_id IS NOT NULL AND %(lane)s::text IS NOT NULL
            THEN enqueue_job('conversation', 'read_message', %(lane)s || ':' || %(user_id)s,
                             jsonb_build_object('message_sid', %(message_sid)s::text)) END
FROM accepted
