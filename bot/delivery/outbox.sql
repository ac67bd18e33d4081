-- name: enqueue_message
-- Queues a message's parts and wakes the recipient's sender, unless the same news was queued.
SELECT enqueue_message(%(user_id)s, %(request_id)s, %(kind)s, %(dedupe_key)s, %(parts)s,
                       %(choices)s, %(media_id)s);

-- name: find_next
-- The first message that is still to be sent to a user, and all that may stand in its way.
-- One that is owed, because it was given up once or refused twice, lets those behind it pass while
-- it waits.
-- One that waits for the window comes back when the window is open, or once as a template.
-- An attempt that lies ahead was made before the clock was set back, and so were the waits since.
SELECT id, user_id, request_id, kind, part, parts, body, choices, media_id, state, attempts,
       as_template, outbox.created_at, address_encrypted, now() AS seen_at,
       greatest(extract(epoch FROM now() - coalesce(attempted_at, outbox.created_at)), 0)::float
           AS idle_seconds,
       coalesce(not_before <= now(), true) OR was_set_back AS is_due,
       -- Nothing at all to an address that is somebody else's by now.
       suppressed_at IS NOT NULL
           AND (suppressed_reason = 'moved' OR NOT is_always_said(kind))
           -- A question that waited longer than its asker did is none any more.
           OR (is_owed OR kind = 'question') AND NOT is_still_true(outbox) AS is_unwanted,
       window_closed_at IS NOT NULL AS window_is_closed,
       EXISTS (SELECT FROM sending_halt) OR is_paused('sending') AS is_halted,
       -- WhatsApp lets a sender borrow from the interval, which only this is worth.
       CASE WHEN kind = 'stopped' OR was_set_back THEN 0
            ELSE coalesce(extract(epoch FROM last_attempt_at - now()) + %(pair_interval)s, 0)::float
       END AS pause_seconds,
       EXISTS (SELECT FROM outbox AS former
               WHERE former.user_id = %(user_id)s AND former.state = 'sent'
                 AND former.sent_at BETWEEN now() - %(confirmation)s * interval '1 s'
                                        AND clock_timestamp()
                 AND former.provider_status IN ('accepted', 'scheduled', 'queued', 'sending'))
           AS is_one_on_its_way
FROM outbox JOIN contact USING (user_id)
CROSS JOIN LATERAL (SELECT coalesce(last_attempt_at > clock_timestamp(), false) AS was_set_back)
    AS clock
WHERE user_id = %(user_id)s
  AND state IN ('queued', 'sending', 'uncertain', 'waiting_for_window')
  -- As a CASE, since each OR here is held against every partial index when this is planned.
  AND CASE state
      WHEN 'waiting_for_window' THEN carried_by IS NULL
          AND (window_closed_at IS NULL OR %(has_template)s AND NOT as_template)
      ELSE NOT (is_owed AND coalesce(not_before > now(), false)) END
ORDER BY id LIMIT 1;

-- name: wake_sender
-- Queues the sender's job for a message that let others pass and is due now.
SELECT enqueue_sender(user_id)
FROM outbox
WHERE id = %(outbox_id)s AND is_owed AND state = 'queued' AND not_before <= now();

-- name: unpack
-- What is packed with news of these requests goes without it.
SELECT unpack_message(coalesce(carried_by, id)) FROM outbox
WHERE user_id = %(user_id)s AND request_id = ANY (%(request_ids)s)
  AND (carries OR carried_by IS NOT NULL);

-- name: withdraw
-- News of these requests that nobody has seen is no news any more.
UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL
WHERE user_id = %(user_id)s AND request_id = ANY (%(request_ids)s)
  AND (state IN ('queued', 'waiting_for_window') OR state = 'failed' AND is_owed);

-- name: hasten
-- A sender that waits with nothing left to send would only be in the way of the next message.
UPDATE procrastinate_jobs SET scheduled_at = now()
WHERE lock = 'delivery:' || %(user_id)s AND status = 'todo' AND scheduled_at > now()
  AND NOT EXISTS (SELECT FROM outbox
                  WHERE user_id = %(user_id)s AND state IN ('queued', 'sending', 'uncertain')
                    AND NOT (is_owed AND coalesce(not_before > now(), false)));

-- name: find_ended_requests
-- A user's requests whose work has ended and whose trace may be closed now.
SELECT request_id FROM request
WHERE user_id = %(user_id)s AND work_ended_at IS NOT NULL AND closed_at IS NULL;

-- name: doubt_pending
-- After a restore: what was still to be sent, or owed, may have been sent since, so that each sender
-- first looks for it at Twilio.
WITH owed AS (
    UPDATE outbox SET may_be_out = true WHERE is_owed AND state = 'failed'
), doubted AS (
    UPDATE outbox SET state = 'uncertain', attempted_at = now(), not_before = NULL,
                      due_since = now()
    WHERE state IN ('queued', 'sending', 'uncertain')
       OR state = 'waiting_for_window' AND carried_by IS NULL AND NOT as_template
    RETURNING user_id
), woken AS (
    SELECT enqueue_sender(user_id, now())
    FROM (SELECT DISTINCT user_id FROM doubted) AS recipient
)
SELECT (SELECT count(*) FROM doubted), (SELECT count(*) FROM woken);
