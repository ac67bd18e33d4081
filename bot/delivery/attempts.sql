-- name: claim
-- Takes a message for one attempt, and a slot of our number. A sender that looked at an older
-- state gets nothing.
SELECT attempts, wait
FROM claim_message(%(id)s, %(state)s, %(attempts)s, %(as_template)s, %(longest_wait)s,
                   %(per_second)s);

-- name: note_span
-- Where the latest attempt stands in the trace.
UPDATE outbox SET span_id = %(span_id)s, span_began_at = %(began_at)s, span_told = NULL
WHERE id = %(id)s AND attempts = %(attempts)s;

-- name: note_accepted
-- Twilio has taken the message in.
SELECT note_accepted(%(id)s, %(attempts)s, %(provider_sid)s, %(status)s);

-- name: find_claimed_sids
-- Those of Twilio's messages that are known to be another one of ours.
SELECT provider_sid FROM outbox WHERE provider_sid = ANY (%(provider_sids)s)
UNION ALL
SELECT provider_sid FROM former_sid WHERE provider_sid = ANY (%(provider_sids)s);

-- name: postpone
-- Lets a message wait and schedules the recipient's sender for then, in one go.
WITH postponed AS (
    UPDATE outbox SET state = %(state)s, not_before = now() + %(seconds)s * interval '1 s',
                      error_code = %(error_code)s, error_message = %(error_message)s
    WHERE id = %(id)s AND attempts = %(attempts)s
      AND state IN ('queued', 'sending', 'uncertain', 'waiting_for_window')
    RETURNING user_id, not_before
)
SELECT enqueue_sender(user_id, not_before)
FROM postponed;

-- name: let_pass
-- Lets a message wait with those behind it passing: it is owed, and so are the parts that follow
-- it. The job that comes back for it is in nobody's way, so it has a lock of its own.
WITH waiting AS (
    UPDATE outbox SET state = 'queued', not_before = now() + %(seconds)s * interval '1 s',
                      is_owed = true, error_code = %(error_code)s,
                      error_message = %(error_message)s
    WHERE id = %(id)s AND attempts = %(attempts)s AND state IN ('queued', 'sending')
    RETURNING id, not_before
)
SELECT enqueue_job('delivery', 'wake_sender', 'message:' || id,
                   jsonb_build_object('outbox_id', id), not_before),
       hold_following_parts(id, not_before)
FROM waiting;

-- name: fail
-- Gives a message up, visibly. What is owed is sent again when its recipient next writes.
UPDATE outbox SET state = 'failed', finished_at = now(), not_before = NULL,
                  may_be_out = %(may_be_out)s,
                  is_owed = %(may_pass)s AND is_worth_repeating(outbox)
                            AND NOT EXISTS (SELECT FROM contact
                                            WHERE contact.user_id = outbox.user_id
                                              AND suppressed_at IS NOT NULL),
                  error_code = %(error_code)s, error_message = %(error_message)s
WHERE id = %(id)s AND attempts = %(attempts)s AND state IN ('queued', 'sending', 'uncertain');

-- name: put_back
-- Takes an attempt back that was none: the end of the halt wakes the senders.
UPDATE outbox SET state = 'queued', error_code = %(error_code)s, error_message = %(error_message)s
WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'sending';

-- name: hold_back
-- Lets a message wait until its recipient writes.
UPDATE outbox SET state = 'waiting_for_window', not_before = NULL,
                  error_code = coalesce(%(error_code)s, error_code),
                  error_message = coalesce(%(error_message)s, error_message)
WHERE id = %(id)s AND attempts = %(attempts)s
  AND state IN ('queued', 'sending', 'uncertain', 'waiting_for_window');

-- name: suppress
-- A message that its recipient does not want is not sent.
UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL,
                  error_code = coalesce(%(error_code)s, error_code),
                  error_message = coalesce(%(error_message)s, error_message)
WHERE id = %(id)s AND attempts = %(attempts)s
  AND state IN ('queued', 'sending', 'uncertain', 'waiting_for_window');
