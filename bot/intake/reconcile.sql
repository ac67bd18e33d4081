-- name: find_checked
-- Up to when Twilio's list was compared with ours; what was noted by a clock that was ahead, and is set
-- back, says nothing of what is still to come.
SELECT least(checked_until, now()) FROM reconciliation;

-- name: note_checked
-- Up to when Twilio's list was compared with ours.
INSERT INTO reconciliation (checked_until) VALUES (%(until)s)
ON CONFLICT (the_only_row) DO UPDATE
    SET checked_until = CASE WHEN reconciliation.checked_until > now() THEN excluded.checked_until
                             ELSE greatest(reconciliation.checked_until, excluded.checked_until) END;

-- name: find_known
-- Those of the messages that were taken in, and when.
SELECT message_sid, received_at FROM inbound_message WHERE message_sid = ANY (%(message_sids)s);
