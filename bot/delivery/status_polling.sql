-- name: find_unconfirmed
-- Some of the messages that Twilio took in a while ago and whose end is not known: of the last
-- `within` seconds, and older ones that nobody has asked about since.
SELECT provider_sid, sent_at < now() - %(within)s * interval '1 s' AS is_late FROM outbox
WHERE state = 'sent' AND carried_by IS NULL AND provider_sid IS NOT NULL
  AND sent_at < now() - %(after)s * interval '1 s'
  AND (sent_at >= now() - %(within)s * interval '1 s' OR NOT was_asked_late)
ORDER BY random() LIMIT %(limit)s;

-- name: note_asked_late
UPDATE outbox SET was_asked_late = true WHERE provider_sid = %(provider_sid)s;
