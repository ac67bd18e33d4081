-- name: find_checked
-- Up to when Twilio's list was compared with ours.
SELECT checked_until FROM reconciliation;

-- name: note_checked
-- Up to when Twilio's list was compared with ours.
INSERT INTO reconciliation (checked_until) VALUES (%(until)s)
ON CONFLICT (the_only_row) DO UPDATE
    SET checked_until = greatest(reconciliation.checked_until, excluded.checked_until);

-- name: find_known
-- Those of the messages that were taken in, and when.
SELECT message_sid, received_at FROM inbound_message WHERE message_sid = ANY (%(message_sids)s);

-- name: drop_notes
-- Who was forgotten before all that is ever looked at needs no note any more.
DELETE FROM forgotten_user WHERE forgotten_at < now() - %(longest_look)s;

-- name: drop_spending
-- What they had spent counts for the day (UTC) alone.
DELETE FROM budget_account
WHERE account IN (SELECT spent_in FROM forgotten_user WHERE spent_in IS NOT NULL)
  AND right(account, 10) < (now() AT TIME ZONE 'UTC')::date::text;
