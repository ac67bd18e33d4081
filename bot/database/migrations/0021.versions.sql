-- The way back and forth between versions, and which project a person means.

ALTER TABLE contact ADD COLUMN current_project_id uuid REFERENCES project ON DELETE SET NULL;

ALTER TABLE version
    ADD COLUMN based_on int,                             -- the version shown before it was made
    ADD COLUMN is_draft boolean NOT NULL DEFAULT false;  -- kept when its build was stopped; not shown
UPDATE version SET based_on = number - 1 WHERE number > 1;

-- Sizes as in the workspace, so that it can be set back to a version.
ALTER TABLE version_file ADD COLUMN size int, ADD COLUMN lines int;
UPDATE version_file
SET size = octet_length(text),
    lines = length(text) - length(replace(text, E'\n', ''))
            + (text <> '' AND right(text, 1) <> E'\n')::int
FROM (SELECT project_id, sha256, convert_from(content, 'UTF8') AS text FROM blob) AS kept
WHERE kept.project_id = version_file.project_id AND kept.sha256 = version_file.sha256;
ALTER TABLE version_file ALTER COLUMN size SET NOT NULL, ALTER COLUMN lines SET NOT NULL;
