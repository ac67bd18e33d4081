-- Of a message that was given up without anybody knowing whether Twilio has taken it in: before it
-- is sent again it is looked for there.
ALTER TABLE outbox ADD COLUMN may_be_out boolean NOT NULL DEFAULT false;
