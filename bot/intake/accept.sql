-- name: accept_message
-- Writer, contact, message, request and conversation job at once; NULL for a message that was here
-- before or was forgotten. What may overtake gets a second job under another lock, which does
-- not wait for those of earlier messages; whichever of the two is later finds it done.
WITH taken AS (
    SELECT accepted, writer
    FROM accept_message(%(message_sid)s, %(external_id)s, %(address_id)s, %(platform)s,
                        %(address)s, %(address_key)s, %(is_number)s, %(message_type)s, %(body)s,
                        %(fields)s, %(request_id)s, %(trace_id)s, %(span_id)s, %(sent_at)s,
                        %(external_key)s)
)
SELECT accepted, writer,
       CASE WHEN accepted IS NOT NULL AND %(lock_kind)s::text IS NOT NULL
            THEN enqueue_job('conversation', 'read_message', %(lock_kind)s || ':' || writer,
                             jsonb_build_object('message_sid', %(message_sid)s::text)) END
FROM taken
