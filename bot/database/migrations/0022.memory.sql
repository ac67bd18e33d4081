-- An app's owner is told once that its memory is nearly full, and once that it is full.
ALTER TABLE project ADD COLUMN nearly_full_told_at timestamptz;
ALTER TABLE project ADD COLUMN full_told_at timestamptz;

-- Of an app's memory one address may take a share a day: which one a document counts for, as a keyed
-- hash, and of which day (UTC). It is forgotten when the day is over.
ALTER TABLE document ADD COLUMN share_key bytea;
ALTER TABLE document ADD COLUMN share_day date;
CREATE INDEX document_with_share ON document (share_day) WHERE share_key IS NOT NULL;
