-- title: Messages are not delivered
-- threshold: 10 minutes
-- window: 1 hour
-- remedy: see the error codes (textcrew deliveries --state failed) and what Twilio says of them
-- reads: tables
-- Failed for good within the window, or to be sent for longer than the threshold; what waited for
-- its user is to be sent since they wrote. While an operator has paused the sending another alert
-- tells of that; what it kept has as long again once it goes on.
SELECT state AS subject, count(*)::float AS value
FROM outbox
WHERE (state = 'failed' AND finished_at > now() - %(window)s)
   OR (state IN ('queued', 'sending', 'uncertain')
       AND coalesce(due_since, created_at) < now() - %(threshold)s * interval '1 minute'
       AND NOT was_paused('sending', %(threshold)s * interval '1 minute'))
GROUP BY state
ORDER BY state;
