-- name: load_context
-- What a handoff tells of its build: the trace it belongs to, workflow, phase, title, and
-- whether there is a version of its app already.
SELECT request.trace_id, request.conversation_id, request.platform, build.workflow, build.phase,
       project.title, project.current_version IS NOT NULL AS is_online
FROM build
JOIN project USING (project_id)
JOIN request ON request.request_id = coalesce(build.retry_request_id, build.request_id)
WHERE build.build_id = %(build_id)s;
