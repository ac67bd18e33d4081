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
