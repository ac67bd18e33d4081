-- What a paper says, for those who are not shown it; NULL for other files, whose text is their
-- content or stands in their message.
ALTER TABLE attachment ADD COLUMN says text, ADD COLUMN pages int;

-- Files that no request takes along go after some time.
CREATE INDEX attachment_waiting_by_time ON attachment (received_at) WHERE project_id IS NULL;
