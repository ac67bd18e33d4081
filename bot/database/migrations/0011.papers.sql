-- What a paper says, for those who are not shown it; NULL for other files, whose text is their
-- content or stands in their message.
ALTER TABLE attachment ADD COLUMN says text, ADD COLUMN pages int;
