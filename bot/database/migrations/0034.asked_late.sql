-- A message whose end is not known a day after it was sent is asked about once more, whenever that
-- is: a callback may have come while nobody was there to take it.
ALTER TABLE outbox ADD COLUMN was_asked_late boolean NOT NULL DEFAULT false;
CREATE INDEX outbox_not_asked_late ON outbox (sent_at) WHERE state = 'sent' AND NOT was_asked_late;
