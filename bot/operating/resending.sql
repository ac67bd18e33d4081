-- name: lock_message
-- How a message stands, and what speaks against sending it again; nobody changes it meanwhile.
SELECT state, carried_by, body <> '' AS has_text, is_still_true(outbox) AS is_still_true,
       CASE WHEN suppressed_reason = 'moved' OR NOT is_always_said(kind)
            THEN suppressed_reason END AS suppressed_reason
FROM outbox JOIN contact USING (user_id)
WHERE id = %(id)s
FOR UPDATE OF outbox;

-- name: queue_again
-- Queues a message that was given up, and wakes its sender. One that Twilio never took in is looked
-- for there first, unless that was done in the end and there were so many `attempts`.
WITH former AS (
    INSERT INTO former_sid (provider_sid, outbox_id, error_code)
    SELECT provider_sid, id, error_code FROM outbox WHERE id = %(id)s AND provider_sid IS NOT NULL
    ON CONFLICT DO NOTHING
), queued AS (
    UPDATE outbox
    SET state = CASE WHEN may_be_out OR (provider_sid IS NULL
                                         AND attempts BETWEEN 1 AND %(attempts)s - 1)
                     THEN 'uncertain' ELSE 'queued' END,
        is_owed = true, not_before = NULL, finished_at = NULL, provider_sid = NULL,
        provider_status = NULL, sent_at = NULL
    WHERE id = %(id)s AND state = 'failed'
    RETURNING user_id
)
SELECT enqueue_sender(user_id)
FROM queued;
