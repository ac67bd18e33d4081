-- name: lock_progress
-- One process at a time reports.
SELECT pg_try_advisory_xact_lock(hashtextextended('progress', 0));

-- name: list_running
-- What is being built for users who can be told, with what they last heard of it. Files are those
-- that its agents have written: neither what it found, nor what users have sent, nor the definitions
-- of what visitors share, which are made of a plan.
SELECT build.user_id, build.build_id, project.title, build.phase, build.phase_started_at,
       coalesce(build.retry_request_id, build.request_id) AS request_id,
       files.number AS files, contact.language,
       coalesce(heard.at, build.created_at) AS heard_at,
       told.news AS told
FROM build
JOIN project USING (project_id)
JOIN contact ON contact.user_id = build.user_id
LEFT JOIN progress_told AS told USING (build_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM workspace_file AS file
    WHERE file.project_id = build.project_id AND file.updated_at >= build.created_at
      AND file.path <> %(definitions)s
      AND NOT EXISTS (SELECT FROM version_file AS found
                      WHERE found.project_id = file.project_id AND found.number = build.based_on
                        AND found.path = file.path AND found.sha256 = file.sha256)
      AND NOT EXISTS (SELECT FROM attachment AS sent
                      WHERE sent.project_id = file.project_id AND sent.path = file.path
                        AND sent.sha256 = file.sha256)) AS files
CROSS JOIN LATERAL (
    SELECT max(outbox.created_at) AS at FROM outbox
    WHERE outbox.user_id = build.user_id AND outbox.state <> 'suppressed') AS heard
WHERE build.status = 'running' AND build.waits_until IS NULL AND contact.suppressed_at IS NULL
  AND contact.window_closed_at IS NULL
ORDER BY build.user_id, build.created_at
-- Nobody is told of a build that is stopped this very moment.
FOR SHARE OF build SKIP LOCKED;

-- name: replace_unsent
-- News that nobody has seen yet gives way to newer news.
UPDATE outbox SET body = %(body)s, created_at = now()
WHERE user_id = %(user_id)s AND kind = 'progress' AND state = 'queued' AND attempts = 0
  AND parts = 1
RETURNING 1;

-- name: note_told
-- What was last told of a build.
INSERT INTO progress_told (build_id, news, told_at) VALUES (%(build_id)s, %(news)s, %(now)s)
ON CONFLICT (build_id) DO UPDATE SET news = excluded.news, told_at = excluded.told_at;
