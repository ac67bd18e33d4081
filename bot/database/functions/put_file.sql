-- Lets a path of a project name these bytes, and drops what nothing names any more; the project's
-- other writers wait until we are done. Tells what the project had before beside this file, and
-- changes nothing where there would be too many files or bytes, or is no such project.
CREATE OR REPLACE FUNCTION put_file(
    _project_id uuid, _path text, _content bytea, _sha256 bytea, _lines int, _most_files int,
    _most_bytes bigint, OUT is_there boolean, OUT other_files bigint, OUT other_bytes bigint)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE project SET updated_at = now() WHERE project_id = _project_id;
    is_there := FOUND;
    SELECT count(*), coalesce(sum(size), 0) INTO other_files, other_bytes
    FROM workspace_file WHERE project_id = _project_id AND path <> _path;
    IF NOT is_there OR other_files >= _most_files
       OR other_bytes + length(_content) > _most_bytes THEN
        RETURN;
    END IF;
    INSERT INTO blob (project_id, sha256, content) VALUES (_project_id, _sha256, _content)
    ON CONFLICT DO NOTHING;
    INSERT INTO workspace_file (project_id, path, sha256, size, lines)
    VALUES (_project_id, _path, _sha256, length(_content), _lines)
    ON CONFLICT (project_id, path) DO UPDATE
        SET sha256 = excluded.sha256, size = excluded.size, lines = excluded.lines,
            updated_at = now();
    PERFORM discard_unused_contents(_project_id);
END $$;
