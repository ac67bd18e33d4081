-- name: find_shown
-- The project behind a link, and the collections that the version it shows defines.
WITH shown AS (
    SELECT project_id, current_version AS number
    FROM project
    WHERE site_token = %(token)s
    UNION ALL
    SELECT project_id, number
    FROM version
    WHERE version_token = %(token)s AND NOT is_draft
)
SELECT project_id, content
FROM shown
JOIN version_file USING (project_id, number)
JOIN blob USING (project_id, sha256)
WHERE path = %(path)s

-- name: list_definitions
-- How the versions of a project define its collections, the oldest first; the same only once.
SELECT content
FROM (SELECT project_id, sha256, min(number) AS first_number
      FROM version JOIN version_file USING (project_id, number)
      WHERE project_id = %(project_id)s AND path = %(path)s AND NOT is_draft
      GROUP BY project_id, sha256) AS defined
JOIN blob USING (project_id, sha256)
ORDER BY first_number

-- name: find_owned
-- The title of a project, if that is what the link leads to.
SELECT title FROM project WHERE project_id = %(project_id)s AND site_token = %(token)s

-- name: list_all_documents
-- All that the project's visitors have left, by collection, oldest first.
SELECT collection, document_id, data, created_at, updated_at
FROM document
WHERE project_id = %(project_id)s
ORDER BY collection, document_id

-- name: list_documents
-- A page of a collection, oldest first.
SELECT document_id, data, created_at, updated_at,
       %(is_owner)s OR author_key IS NULL OR author_key = %(author_key)s AS is_own
FROM document
WHERE project_id = %(project_id)s AND collection = %(collection)s AND document_id > %(after)s
ORDER BY document_id
LIMIT %(limit)s

-- name: read_document
-- One document.
SELECT document_id, data, created_at, updated_at,
       %(is_owner)s OR author_key IS NULL OR author_key = %(author_key)s AS is_own
FROM document
WHERE project_id = %(project_id)s AND collection = %(collection)s
  AND document_id = %(document_id)s

-- name: lock_documents
-- Keeps the project's other writers waiting until we are done, so that the quota holds.
SELECT pg_advisory_xact_lock(hashtextextended('documents:' || %(project_id)s::text, 0))

-- name: measure_documents
-- How many documents, and how many bytes, the project has, and how many of these this one has.
SELECT count(*), coalesce(sum(size), 0)::bigint,
       coalesce(sum(size) FILTER (WHERE collection = %(collection)s
                                    AND document_id = %(document_id)s), 0)::bigint
FROM document
WHERE project_id = %(project_id)s

-- name: add_document
-- A new document.
INSERT INTO document (project_id, collection, document_id, data, size, author_key)
VALUES (%(project_id)s, %(collection)s, %(document_id)s, %(data)s, %(size)s, %(author_key)s)
RETURNING document_id, data, created_at, updated_at,
          %(is_owner)s OR author_key IS NULL OR author_key = %(author_key)s AS is_own

-- name: replace_document
-- The document as it is from now on.
UPDATE document SET data = %(data)s, size = %(size)s, updated_at = now()
WHERE project_id = %(project_id)s AND collection = %(collection)s
  AND document_id = %(document_id)s
RETURNING document_id, data, created_at, updated_at,
          %(is_owner)s OR author_key IS NULL OR author_key = %(author_key)s AS is_own

-- name: delete_document
-- Removes the document.
DELETE FROM document
WHERE project_id = %(project_id)s AND collection = %(collection)s
  AND document_id = %(document_id)s
RETURNING document_id
