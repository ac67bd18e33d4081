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
