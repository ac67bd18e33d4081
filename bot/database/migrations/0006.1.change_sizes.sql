-- How much a change that is asked for meanwhile changes; NULL where nobody said.
ALTER TABLE change_request ADD COLUMN size text CHECK (size IN ('looks', 'behaviour', 'large'));
