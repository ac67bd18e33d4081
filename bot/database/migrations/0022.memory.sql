-- When an app's owner was last told that little of its room is left, and when that none is.
ALTER TABLE project ADD COLUMN nearly_full_told_at timestamptz;
ALTER TABLE project ADD COLUMN full_told_at timestamptz;

-- Of an app's room one address may take a share a day: which one a document counts for, as a keyed
-- hash, and of which day (UTC). It is forgotten when the next day is over.
ALTER TABLE document ADD COLUMN share_key bytea;
ALTER TABLE document ADD COLUMN share_day date;
CREATE INDEX document_with_share ON document (share_day) WHERE share_key IS NOT NULL;
