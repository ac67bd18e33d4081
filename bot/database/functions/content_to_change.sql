-- The bytes of one file, of which the project's other writers wait until we are done; NULL if there is
-- no such file.
CREATE OR REPLACE FUNCTION content_to_change(
    _project_id uuid, _path text, OUT is_there boolean, OUT content bytea)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE project SET updated_at = now() WHERE project_id = _project_id;
    is_there := FOUND;
    SELECT blob.content INTO content
    FROM workspace_file JOIN blob USING (project_id, sha256)
    WHERE project_id = _project_id AND path = _path;
END $$;
