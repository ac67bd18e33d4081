-- Since when a message is to be sent that could not be sent before: it waited for its user to write,
-- or was given up. One without it was to be sent when it was written.
ALTER TABLE outbox ADD COLUMN due_since timestamptz;
