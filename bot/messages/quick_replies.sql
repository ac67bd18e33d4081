-- name: find_content
-- The Content that shows these choices.
SELECT content_sid FROM twilio_content WHERE content_hash = %(content_hash)s;

-- name: keep_content
-- A Content that was made; whoever was first is kept.
INSERT INTO twilio_content (content_hash, content_sid)
VALUES (%(content_hash)s, %(content_sid)s)
ON CONFLICT DO NOTHING;

-- name: forget_content
-- A Content that Twilio does not know any more.
DELETE FROM twilio_content WHERE content_sid = %(content_sid)s;

-- name: find_last_offered
-- The choices in the last message that went out to a user before they wrote this one, but for what
-- repeats their own words. It may be on their phone before Twilio has told us that it took it, so
-- what counts is when it was tried; one whose text another carried was sent without.
SELECT choices FROM outbox
WHERE user_id = %(user_id)s AND kind <> 'heard'
  AND state IN ('sending', 'uncertain', 'sent', 'delivered', 'read')
  AND coalesce(attempted_at, sent_at)
      < (SELECT accepted_at FROM request WHERE request_id = %(request_id)s)
ORDER BY id DESC LIMIT 1;
