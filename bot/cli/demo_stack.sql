-- name: find_outcome
-- How the request of a message ended, once its last answer is out, and where its app is.
SELECT request.status, CASE WHEN version.number IS NOT NULL THEN project.site_token END AS site_token
FROM inbound_message
JOIN request USING (request_id)
LEFT JOIN project ON project.project_id = request.project_id
LEFT JOIN version ON version.project_id = project.project_id
                 AND version.number = project.current_version
                 AND version.request_id = request.request_id
WHERE inbound_message.message_sid = %(message_sid)s AND request.closed_at IS NOT NULL;
