-- name: enqueue_message
-- Queues a message's parts and wakes the recipient's sender, unless the same news was queued.
SELECT enqueue_message(%(user_id)s, %(request_id)s, %(kind)s, %(dedupe_key)s, %(parts)s);

-- name: find_next
-- The first message that is still to be sent to a person; later ones wait behind it.
SELECT id, user_id, request_id, kind, part, parts, body, state, attempts, created_at,
       extract(epoch FROM now() - coalesce(attempted_at, created_at))::float AS idle_seconds,
       coalesce(not_before <= now(), true) AS is_due,
       address_encrypted
FROM outbox JOIN contact USING (user_id)
WHERE user_id = %(user_id)s AND state IN ('queued', 'sending', 'uncertain')
ORDER BY id LIMIT 1;

-- name: count_on_their_way
-- Messages that Twilio took in lately and that have not left it, as far as it told.
SELECT count(*) FROM outbox
WHERE user_id = %(user_id)s AND state = 'sent' AND sent_at > now() - %(within)s * interval '1 s'
  AND provider_status IN ('accepted', 'scheduled', 'queued', 'sending');

-- name: claim
-- Takes a message for one attempt. A sender that looked at an older state gets nothing.
UPDATE outbox SET state = 'sending', attempts = attempts + 1, attempted_at = now(),
                  not_before = NULL
WHERE id = %(id)s AND state = %(state)s AND attempts = %(attempts)s
RETURNING attempts;

-- name: note_accepted
-- Twilio has taken the message in.
SELECT note_accepted(%(id)s, %(attempts)s, %(provider_sid)s, %(status)s);

-- name: find_claimed_sids
-- Those of Twilio's messages that are known to be another one of ours.
SELECT provider_sid FROM outbox WHERE provider_sid = ANY (%(provider_sids)s);

-- name: postpone
-- Lets a message wait and schedules the recipient's sender for then, in one go.
WITH postponed AS (
    UPDATE outbox SET state = %(state)s, not_before = now() + %(seconds)s * interval '1 s',
                      error_code = %(error_code)s, error_message = %(error_message)s
    WHERE id = %(id)s AND attempts = %(attempts)s AND state IN ('queued', 'sending', 'uncertain')
    RETURNING user_id, not_before
)
SELECT enqueue_job('delivery', 'deliver', 'delivery:' || user_id,
                   jsonb_build_object('user_id', user_id), not_before)
FROM postponed;

-- name: fail
-- Gives a message up, visibly.
UPDATE outbox SET state = 'failed', finished_at = now(), not_before = NULL,
                  error_code = %(error_code)s, error_message = %(error_message)s
WHERE id = %(id)s AND attempts = %(attempts)s AND state IN ('queued', 'sending', 'uncertain');

-- name: find_ended_requests
-- A person's requests whose work has ended and whose trace may be closed now.
SELECT request_id FROM request
WHERE user_id = %(user_id)s AND work_ended_at IS NOT NULL AND closed_at IS NULL;
