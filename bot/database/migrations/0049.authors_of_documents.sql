-- Who wrote a document may change and delete it, and the app's owner, unless its collection lets all
-- do so. A browser shows that it was it by a key that it keeps; here is the key's hash.

ALTER TABLE document ADD COLUMN author_key bytea;  -- NULL: from before there were keys; all may
