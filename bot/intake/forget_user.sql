-- name: ask_to_forget
-- From now on, for a while, the user may confirm.
UPDATE contact SET forget_asked_at = now() WHERE user_id = %(user_id)s;

-- name: withdraw_forget_question
-- There is nothing to confirm any more, unless all of a request was written before it was asked.
UPDATE contact SET forget_asked_at = NULL
FROM inbound_message AS said
WHERE said.request_id = %(request_id)s AND contact.user_id = said.user_id
  AND forget_asked_at < said.received_at;

-- name: may_be_forgotten
-- Whether the user of a request was asked in the ten minutes before it: what they wrote before they
-- read the question is no answer to it.
SELECT forget_asked_at > accepted_at - interval '10 minutes' AND forget_asked_at < accepted_at
FROM request JOIN contact USING (user_id)
WHERE request_id = %(request_id)s AND forget_asked_at IS NOT NULL;

-- name: forget_user
-- Deletes everything but what the goodbye needs, and notes when.
SELECT forget_user(%(user_id)s, %(request_id)s);

-- name: give_up_goodbyes
-- What could not be said for a day is not said any more.
UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL
FROM contact
WHERE outbox.request_id = forgotten_request_id AND state IN ('queued', 'sending', 'uncertain')
  AND created_at <= now() - interval '1 day';

-- name: list_open_goodbyes
-- The requests of goodbyes whose traces have not ended.
SELECT request_id FROM contact JOIN request ON request_id = forgotten_request_id
WHERE closed_at IS NULL;

-- name: finish_forgetting
-- Deletes what the goodbyes needed.
SELECT finish_forgetting();

-- name: drop_notes
-- Who was forgotten before all that is ever looked at needs no note any more.
DELETE FROM forgotten_user WHERE forgotten_at < now() - %(longest_look)s;

-- name: drop_early_status
-- What Twilio said of a message that was never known here, or is not any more.
DELETE FROM early_status WHERE received_at < now() - interval '1 day';

-- name: drop_spending
-- What they had spent counts for the day (UTC) alone.
DELETE FROM budget_account
WHERE account IN (SELECT spent_in FROM forgotten_user WHERE spent_in IS NOT NULL)
  AND right(account, 10) < (now() AT TIME ZONE 'UTC')::date::text;
