-- name: find_unconfirmed
-- Some of the messages that Twilio took in a while ago and whose end is not known.
SELECT provider_sid FROM outbox
WHERE state = 'sent' AND carried_by IS NULL AND provider_sid IS NOT NULL
  AND sent_at BETWEEN now() - %(within)s * interval '1 s' AND now() - %(after)s * interval '1 s'
ORDER BY random() LIMIT %(limit)s;
