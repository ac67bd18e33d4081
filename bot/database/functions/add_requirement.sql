-- Adds what a user has asked of the app of a build, with the project's next number. Who adds one
-- meanwhile waits; the build's row is locked before this, if at all, and never after.
CREATE OR REPLACE FUNCTION add_requirement(
    _build_id uuid, _request_id uuid, _source text, _kind text, _asked text, _words text,
    _is_left_out boolean, _replaces int[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _project_id uuid := (SELECT project_id FROM build WHERE build_id = _build_id);
BEGIN
    PERFORM FROM project WHERE project_id = _project_id FOR NO KEY UPDATE;
    INSERT INTO requirement (project_id, number, build_id, request_id, source, kind, asked, words,
                             is_left_out, replaces)
    SELECT _project_id, coalesce(max(number), 0) + 1, _build_id, _request_id, _source, _kind,
           _asked, _words, _is_left_out, _replaces
    FROM requirement WHERE project_id = _project_id;
END $$;
