-- name: find_shown
-- The project behind a link, the collections that the version it shows defines, and those that the
-- current version does, whoever came by which link.
SELECT shown.project_id, content,
       CASE WHEN is_pinned THEN (
           SELECT content
           FROM project
           JOIN version_file AS file
               ON file.project_id = project.project_id AND file.number = current_version
           JOIN blob ON blob.project_id = file.project_id AND blob.sha256 = file.sha256
           WHERE project.project_id = shown.project_id AND path = %(path)s)
       ELSE content END AS current_content
FROM shown_by(%(token)s) AS shown
JOIN version_file USING (project_id, number)
JOIN blob USING (project_id, sha256)
WHERE path = %(path)s

-- name: list_definitions
-- How the versions of a project define its collections, the oldest first; the same only once.
SELECT content
FROM (SELECT project_id, sha256, min(number) AS first_number
      FROM version JOIN version_file USING (project_id, number)
      WHERE project_id = %(project_id)s AND path = %(path)s AND NOT is_draft
        AND (%(before)s::int IS NULL OR number < %(before)s)
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
       is_own_document(author_key, %(author_key)s, %(is_owner)s) AS is_own
FROM document
WHERE project_id = %(project_id)s AND collection = %(collection)s AND document_id > %(after)s
ORDER BY document_id
LIMIT %(limit)s

-- name: read_document
-- One document.
SELECT document_id, data, created_at, updated_at,
       is_own_document(author_key, %(author_key)s, %(is_owner)s) AS is_own
FROM document
WHERE project_id = %(project_id)s AND collection = %(collection)s
  AND document_id = %(document_id)s

-- name: lock_documents
-- Keeps the project's other writers waiting until we are done, so that the quota holds.
SELECT pg_advisory_xact_lock(hashtextextended('documents:' || %(project_id)s::text, 0))

-- name: measure_documents
-- How many documents, and how many bytes, the project has, how many of them but this one count for
-- the address today, and how many bytes this one has.
SELECT count(*), coalesce(sum(size), 0)::bigint,
       count(*) FILTER (WHERE is_of_address AND NOT is_this),
       coalesce(sum(size) FILTER (WHERE is_of_address AND NOT is_this), 0)::bigint,
       coalesce(sum(size) FILTER (WHERE is_this), 0)::bigint
FROM (SELECT size, collection = %(collection)s AND document_id = %(document_id)s AS is_this,
             share_key = %(share_key)s AND share_day = (now() AT TIME ZONE 'UTC')::date
                 AS is_of_address
      FROM document
      WHERE project_id = %(project_id)s) AS measured

-- name: note_nearly_full
-- Has the owner told that there is little room left, unless they know; at most once a day.
WITH noted AS (
    UPDATE project SET is_known_nearly_full = true, nearly_full_told_at = now()
    WHERE project_id = %(project_id)s AND NOT is_known_nearly_full
      AND (nearly_full_told_at IS NULL OR nearly_full_told_at < now() - interval '1 day')
    RETURNING nearly_full_told_at
)
SELECT enqueue_job('conversation', 'tell_little_room', 'room:' || %(project_id)s::uuid,
                   jsonb_build_object('project_id', %(project_id)s::uuid, 'is_full', false,
                                      'noted_at', nearly_full_told_at))
FROM noted

-- name: note_ample_room
-- The owner is to know when little room is left again.
UPDATE project SET is_known_nearly_full = false
WHERE project_id = %(project_id)s AND is_known_nearly_full

-- name: note_full
-- Has the owner told that there is no room left, unless they know; at most once a day.
WITH noted AS (
    UPDATE project SET is_known_full = true, full_told_at = now()
    WHERE project_id = %(project_id)s AND NOT is_known_full
      AND (full_told_at IS NULL OR full_told_at < now() - interval '1 day')
    RETURNING full_told_at
)
SELECT enqueue_job('conversation', 'tell_little_room', 'room:' || %(project_id)s::uuid,
                   jsonb_build_object('project_id', %(project_id)s::uuid, 'is_full', true,
                                      'noted_at', full_told_at))
FROM noted

-- name: note_room
-- Room is made: the owner is to know when there is none again.
UPDATE project SET is_known_full = false
WHERE project_id = %(project_id)s AND is_known_full

-- name: add_document
-- A new document.
INSERT INTO document (project_id, collection, document_id, data, size, author_key, share_key,
                      share_day)
VALUES (%(project_id)s, %(collection)s, %(document_id)s, %(data)s, %(size)s, %(author_key)s,
        %(share_key)s, (now() AT TIME ZONE 'UTC')::date)
RETURNING document_id, data, created_at, updated_at,
          is_own_document(author_key, %(author_key)s, %(is_owner)s) AS is_own

-- name: replace_document
-- The document as it is from now on, with some fields as they are at this moment, or not there. Who
-- makes it larger has it count for their address.
UPDATE document
SET data = (%(data)s::jsonb - %(kept_fields)s::text[])
           || coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(document.data)
                        WHERE key = ANY (%(kept_fields)s)), '{}'),
    size = %(size)s, updated_at = now(),
    share_key = CASE WHEN size < %(size)s THEN %(share_key)s ELSE share_key END,
    share_day = CASE WHEN size < %(size)s THEN (now() AT TIME ZONE 'UTC')::date ELSE share_day END
WHERE project_id = %(project_id)s AND collection = %(collection)s
  AND document_id = %(document_id)s
RETURNING document_id, data, created_at, updated_at,
          is_own_document(author_key, %(author_key)s, %(is_owner)s) AS is_own

-- name: delete_document
-- Removes the document.
DELETE FROM document
WHERE project_id = %(project_id)s AND collection = %(collection)s
  AND document_id = %(document_id)s
RETURNING document_id
