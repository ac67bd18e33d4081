-- name: note_status
-- Applies what Twilio says of a message; answers the message's state if that changed anything.
SELECT note_status(%(provider_sid)s, %(status)s, %(error_code)s, %(error_message)s,
                   %(recovery)s);

-- name: note_late_arrival
-- A message that was given up may have arrived all the same.
SELECT note_late_arrival(%(provider_sid)s, %(status)s);

-- name: describe_message
-- Whose message it is and what it was about.
SELECT user_id, request_id, kind FROM outbox WHERE provider_sid = %(provider_sid)s;
