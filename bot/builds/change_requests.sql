-- name: lock_unfinished
-- The builds of a project that run or wait, oldest first; their runs store nothing meanwhile.
SELECT build_id, takes_changes, workflow, plan IS NOT NULL AS is_planned FROM build
WHERE project_id = %(project_id)s AND status IN ('queued', 'running')
ORDER BY created_at
FOR UPDATE;

-- name: add_change
-- Puts a user's words on the list of a build.
INSERT INTO change_request (build_id, request_id, body, size)
VALUES (%(build_id)s, %(request_id)s, %(body)s, %(size)s);

-- name: enlarge
-- A build that is not planned yet becomes as large as a change that it is to make too.
UPDATE build
SET workflow = CASE WHEN %(size)s = 'large' THEN 'full_build'
                    WHEN %(size)s = 'looks' OR workflow = 'full_build' THEN workflow END
WHERE build_id = %(build_id)s AND plan IS NULL;

-- name: take_changes
-- What nobody has read yet, in order; from now on it is applied.
WITH taken AS (
    UPDATE change_request
    SET applied_agent_id = %(agent_id)s, applied_turn = %(turn)s, applied_at = now()
    WHERE build_id = %(build_id)s AND applied_at IS NULL
    RETURNING change_id, request_id, body, size
)
SELECT request_id, body, size FROM taken ORDER BY change_id;

-- name: has_said_more
-- Whether the user has said more of an app than what a build of it was planned for.
SELECT EXISTS (SELECT FROM change_request WHERE build_id = %(build_id)s)
    OR EXISTS (SELECT FROM build
               WHERE project_id = %(project_id)s AND build_id <> %(build_id)s
                 AND status IN ('queued', 'running'));

-- name: close_list
-- What is said from now on is for the next version.
UPDATE build SET takes_changes = false WHERE build_id = %(build_id)s;

-- name: list_waiting_changes
-- What nobody has read yet, in order.
SELECT request_id, body, size FROM change_request
WHERE build_id = %(build_id)s AND applied_at IS NULL
ORDER BY change_id;

-- name: move_waiting_changes
-- Puts what nobody has read on the list of another build, whose own request the first one is.
WITH gone AS (
    DELETE FROM change_request WHERE build_id = %(build_id)s AND request_id = %(request_id)s
)
UPDATE change_request
SET build_id = (SELECT build.build_id FROM build WHERE request_id = %(request_id)s)
WHERE build_id = %(build_id)s AND applied_at IS NULL AND request_id <> %(request_id)s;
