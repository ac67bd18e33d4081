-- name: files_of_request
-- The files that came with a request, in the order in which they were sent; PDFs are `put_papers`.
SELECT path, content_type, content FROM attachment
WHERE request_id = %(request_id)s AND pages IS NULL
ORDER BY received_at, message_sid, number;

-- name: put_papers
-- Puts the PDFs of a request into the project, in the order in which they were sent; tells of each
-- whether that has room for it.
SELECT path,
       is_there AND other_files < %(most_files)s
       AND other_bytes + length(content) <= %(most_bytes)s AS has_room
FROM (SELECT path, content, sha256 FROM attachment
      WHERE request_id = %(request_id)s AND pages IS NOT NULL
      ORDER BY received_at, message_sid, number) AS paper
CROSS JOIN LATERAL put_file(%(project_id)s, path, content, sha256, 0, %(most_files)s,
                            %(most_bytes)s);

-- name: drop
-- Keeps some of the files of a request no longer.
DELETE FROM attachment WHERE request_id = %(request_id)s AND path = ANY (%(paths)s);

-- name: list_sent_earlier
-- What a project got and does not have, the newest first, with the message that brought it. What is
-- still to be read is for its own build.
SELECT path, body
FROM (SELECT DISTINCT ON (path) path, message_sid, received_at, request_id FROM attachment
      WHERE project_id = %(project_id)s
      ORDER BY path, received_at DESC) AS sent
JOIN inbound_message USING (message_sid)
WHERE NOT EXISTS (SELECT FROM workspace_file
                  WHERE project_id = %(project_id)s AND workspace_file.path = sent.path)
  AND NOT EXISTS (SELECT FROM build
                  WHERE build.request_id = sent.request_id AND build.status = 'queued')
  AND NOT EXISTS (SELECT FROM change_request JOIN build USING (build_id)
                  WHERE change_request.request_id = sent.request_id AND applied_at IS NULL
                    AND status IN ('queued', 'running'))
ORDER BY sent.received_at DESC LIMIT %(limit)s;

-- name: put_files_back
-- Puts a file that a project got among its files again, as it was sent last; no row for one that it
-- never got. Only a text has lines.
SELECT encode(sha256, 'hex') AS sha256,
       is_there AND other_files < %(most_files)s
       AND other_bytes + length(content) <= %(most_bytes)s AS has_room
FROM (SELECT path, content, sha256,
             CASE WHEN pages IS NULL AND says IS NOT NULL
                  THEN length(says) - length(replace(says, E'\n', ''))
                       + (says NOT LIKE E'%%\n')::int
                  ELSE 0 END AS lines
      FROM attachment WHERE project_id = %(project_id)s AND path = %(path)s
      ORDER BY received_at DESC LIMIT 1) AS sent
CROSS JOIN LATERAL put_file(%(project_id)s, path, content, sha256, lines, %(most_files)s,
                            %(most_bytes)s);
