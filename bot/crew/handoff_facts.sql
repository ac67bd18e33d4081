-- name: load_context
-- What a handoff tells of its build: the trace it belongs to, workflow, phase, title, whether there
-- is a version of its app already, and whether a reviewer is to read its code.
SELECT request.trace_id, request.conversation_id, request.platform, build.workflow, build.phase,
       project.title, project.current_version IS NOT NULL AS is_online,
       coalesce(build.plan->'agents_needed' ? 'code_reviewer', false) AS is_code_read
FROM build
JOIN project USING (project_id)
JOIN request ON request.request_id = coalesce(build.retry_request_id, build.request_id)
WHERE build.build_id = %(build_id)s;
