-- What /health writes to see whether the database takes writes, and takes back. A row fills a page,
-- so that it needs room on the disk as what the product writes does.
CREATE TABLE write_trial (filling text NOT NULL);
ALTER TABLE write_trial ALTER COLUMN filling SET STORAGE PLAIN;
