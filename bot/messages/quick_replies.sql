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
