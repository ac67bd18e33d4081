-- title: Messages are not delivered
-- threshold: 10 minutes
-- window: 1 hour
-- remedy: see the error codes (textcrew deliveries --state failed) and what Twilio says of them
-- Failed for good within the window, or waiting for longer than the threshold, unless an operator
-- has paused the sending: of that another alert tells.
SELECT state AS subject, count(*)::float AS value
FROM outbox
WHERE (state = 'failed' AND finished_at > now() - %(window)s)
   OR (state IN ('queued', 'sending', 'uncertain') AND NOT is_paused('sending')
       AND created_at < now() - %(threshold)s * interval '1 minute')
GROUP BY state
ORDER BY state;
