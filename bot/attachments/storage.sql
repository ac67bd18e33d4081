-- name: keep
-- A file of a message, once.
INSERT INTO attachment (message_sid, number, user_id, path, content_type, content, sha256, says,
                        pages)
VALUES (%(message_sid)s, %(number)s, %(user_id)s, %(path)s, %(content_type)s, %(content)s,
        sha256(%(content)s), %(says)s, %(pages)s)
ON CONFLICT DO NOTHING;

-- name: note_meaning
-- What a message means, with all that it brought: later readers find that in place of what was sent.
UPDATE inbound_message SET body = %(body)s, is_taken_in = true WHERE message_sid = %(message_sid)s;

-- name: was_taken_in
-- Whether the body says already what came with it.
SELECT is_taken_in FROM inbound_message WHERE message_sid = %(message_sid)s;

-- name: is_path_waiting
-- Whether another file of that path waits, of the user whose message this is.
SELECT EXISTS (
    SELECT FROM attachment
    WHERE user_id = (SELECT user_id FROM inbound_message WHERE message_sid = %(message_sid)s)
      AND project_id IS NULL AND received_at > now() - %(within)s
      AND path = %(path)s AND sha256 <> %(sha256)s);

-- name: take_along
-- The user's files that wait, and those that the request names, belong to the project that it is
-- about; not those of another message that is still to be acted upon. What a stop came after waits
-- for nothing, nor does what was left to a request that came to nothing.
UPDATE attachment SET project_id = %(project_id)s, request_id = %(request_id)s
WHERE user_id = %(user_id)s AND project_id IS NULL
  AND (strpos(%(request_text)s, path) > 0
       OR request_id IS NULL
          AND received_at > (SELECT accepted_at FROM request WHERE request_id = %(request_id)s)
                            - %(within)s
          AND NOT EXISTS (SELECT FROM inbound_message AS brought JOIN stop_order USING (user_id)
                          WHERE brought.message_sid = attachment.message_sid
                            AND brought.received_at < stop_order.said_at))
  AND NOT EXISTS (SELECT FROM inbound_message AS other JOIN request USING (request_id)
                  WHERE other.message_sid = attachment.message_sid
                    AND request.status = 'accepted' AND request.request_id <> %(request_id)s)
RETURNING path;

-- name: take_again
-- What the request names of the files that others have taken along belongs to it as well, the latest
-- of a path. The copy has a number of its own in their message.
INSERT INTO attachment (message_sid, number, user_id, path, content_type, content, sha256, says,
                        pages, project_id, request_id, received_at)
SELECT message_sid,
       (SELECT max(number) FROM attachment AS all_of_message
        WHERE all_of_message.message_sid = taken.message_sid)
       + row_number() OVER (PARTITION BY message_sid),
       user_id, path, content_type, content, sha256, says, pages, %(project_id)s, %(request_id)s,
       received_at
FROM (SELECT DISTINCT ON (path) * FROM attachment
      WHERE user_id = %(user_id)s AND project_id IS NOT NULL
        AND strpos(%(request_text)s, ': ' || path || ']') > 0
        AND path NOT IN (SELECT path FROM attachment WHERE request_id = %(request_id)s)
      ORDER BY path, received_at DESC) AS taken
RETURNING path;

-- name: leave_with_doubt
-- The files that a doubtful message names are left to its request: what comes next is not about them.
UPDATE attachment SET request_id = doubt.request_id
FROM doubt
WHERE doubt.user_id = %(user_id)s AND attachment.user_id = doubt.user_id
  AND attachment.project_id IS NULL AND strpos(doubt.body, attachment.path) > 0;

-- name: files_of_request
-- The files that came with a request, in the order in which they were sent; PDFs are `put_papers`.
SELECT path, content_type, content FROM attachment
WHERE request_id = %(request_id)s AND pages IS NULL
ORDER BY received_at, message_sid, number;

-- name: pictures_of_request
-- The pictures that came with a request, in the order in which they were sent.
SELECT path, content_type, content FROM attachment
WHERE request_id = %(request_id)s AND content_type LIKE 'image/%%'
ORDER BY received_at, message_sid, number LIMIT %(limit)s;

-- name: picture_of_project
-- A picture that a project got, by its contents.
SELECT path, content_type, content FROM attachment
WHERE project_id = %(project_id)s AND sha256 = %(sha256)s AND content_type LIKE 'image/%%'
LIMIT 1;

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

-- name: put_back
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

-- name: drop
-- Keeps some of the files of a request no longer.
DELETE FROM attachment WHERE request_id = %(request_id)s AND path = ANY (%(paths)s);

-- name: has_pictures
-- Whether pictures came with a request.
SELECT EXISTS (
    SELECT FROM attachment WHERE request_id = %(request_id)s AND content_type LIKE 'image/%%');

-- name: papers_of_request
-- The papers that came with a request, in the order in which they were sent.
SELECT path, encode(sha256, 'hex') AS sha256, length(content) AS size, pages, says
FROM attachment
WHERE request_id = %(request_id)s AND says IS NOT NULL
ORDER BY received_at, message_sid, number LIMIT %(limit)s;

-- name: papers_of_project
-- The papers among a project's files, the newest first, without those that came with a request.
SELECT path, encode(sha256, 'hex') AS sha256, length(content) AS size, pages, says
FROM (SELECT DISTINCT ON (path) attachment.*
      FROM attachment JOIN workspace_file USING (project_id, path, sha256)
      WHERE project_id = %(project_id)s AND says IS NOT NULL
        AND path NOT IN (SELECT path FROM attachment WHERE request_id = %(request_id)s)
      ORDER BY path, received_at DESC) AS kept
ORDER BY received_at DESC, number LIMIT %(limit)s;

-- name: kept_paper
-- What is known of a PDF that a project got, by its contents.
SELECT path, encode(sha256, 'hex') AS sha256, length(content) AS size, pages, says
FROM attachment
WHERE project_id = %(project_id)s AND sha256 = %(sha256)s AND pages IS NOT NULL LIMIT 1;

-- name: paper_of_project
-- A PDF that a project got, by its contents.
SELECT content FROM attachment
WHERE project_id = %(project_id)s AND sha256 = %(sha256)s AND pages IS NOT NULL LIMIT 1;

-- name: read_paper
-- What a PDF that a project got says, by its contents.
SELECT says FROM attachment
WHERE project_id = %(project_id)s AND sha256 = %(sha256)s AND pages IS NOT NULL LIMIT 1;
