-- name: claim_build
-- Makes this run the owner; the run before can write no more.
-- One that waits for its user is woken first, and the project's next one waits behind it, also once it
-- is woken, or has lost its job: whatever job the next one has, another one comes behind. So it does
-- behind what was taken up again with it: its job from before the stop may be older than that one's.
-- The first run begins in the language of its user; all that follow keep to it.
UPDATE build SET owner = %(owner)s, attempts = attempts + 1, status = 'running', taken_at = now(),
                 based_on = coalesce(based_on, (SELECT current_version FROM project
                                                WHERE project.project_id = build.project_id)),
                 first_language = coalesce(first_language,
                                           (SELECT language FROM contact
                                            WHERE contact.user_id = build.user_id),
                                           %(source_language)s)
WHERE build_id = %(build_id)s AND status IN ('queued', 'running') AND waits_until IS NULL
  AND NOT EXISTS (SELECT FROM build AS waiting
                  WHERE waiting.project_id = build.project_id
                    AND (waiting.status = 'running' AND waiting.waits_until IS NOT NULL
                         OR (waiting.status = 'running'
                             OR waiting.status = 'queued' AND waiting.retry_request_id IS NOT NULL)
                            AND waiting.created_at < build.created_at))
RETURNING build_id, request_id, coalesce(retry_request_id, request_id) AS current_request_id,
          project_id, user_id, request_text, workflow, plan, phase, phase_started_at, attempts,
          budget_asked, first_language;

-- name: hold_build
-- Locks the row for this transaction if the run still owns the build, and tells whether its user has
-- asked for changes that nobody has read, and what language they are spoken to in by now.
SELECT has_changes, language FROM hold_build(%(build_id)s, %(owner)s) AS has_changes
JOIN build ON build_id = %(build_id)s JOIN contact USING (user_id)
WHERE has_changes IS NOT NULL;

-- name: hold_build_with_progress
-- The same for a run that stores a turn, which is progress: the count of attempts without any
-- starts again.
UPDATE build SET attempts = 1
WHERE build_id = %(build_id)s AND owner = %(owner)s AND status = 'running'
RETURNING false AS has_changes,
          (SELECT language FROM contact WHERE contact.user_id = build.user_id) AS language;

-- name: count_attempts
-- The claims without a turn between them, for the run that still owns the build.
SELECT attempts FROM build
WHERE build_id = %(build_id)s AND owner = %(owner)s AND status = 'running';

-- name: is_owner
-- Whether the run still owns the build, without a lock.
SELECT 1 FROM build
WHERE build_id = %(build_id)s AND owner = %(owner)s AND status = 'running';
