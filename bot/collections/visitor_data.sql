-- name: count_documents
-- How many documents visitors have left, by collection, and how many bytes.
SELECT collection, count(*), sum(size)::bigint FROM document WHERE project_id = %(project_id)s
GROUP BY collection ORDER BY collection;

-- name: find_cleared
-- When the owner cleared last, if that can still be brought back, how many documents with how many
-- bytes that removed, and how many with how many there are now.
SELECT cleared_at, count(*), sum(size)::bigint,
       (SELECT count(*) FROM document WHERE project_id = %(project_id)s),
       (SELECT coalesce(sum(size), 0)::bigint FROM document WHERE project_id = %(project_id)s)
FROM cleared_document
WHERE project_id = %(project_id)s AND cleared_at > now() - %(kept)s
GROUP BY cleared_at ORDER BY cleared_at DESC LIMIT 1;

-- name: ask_to_clear
-- From now on, for a while, the owner may confirm.
UPDATE project SET clear_asked_at = now() WHERE project_id = %(project_id)s;

-- name: withdraw_clearing
-- There is nothing to confirm any more, unless all of a request was written before it was asked.
UPDATE project SET clear_asked_at = NULL
FROM inbound_message AS said
WHERE said.request_id = %(request_id)s AND project.user_id = said.user_id
  AND clear_asked_at < said.received_at
  AND (%(project_id)s::uuid IS NULL OR project.project_id = %(project_id)s);

-- name: may_be_cleared
-- Whether the owner was asked in the ten minutes before a request of theirs, and not only after it.
SELECT clear_asked_at > accepted_at - interval '10 minutes' AND clear_asked_at < accepted_at
FROM project JOIN request USING (user_id)
WHERE project.project_id = %(project_id)s AND request_id = %(request_id)s
  AND clear_asked_at IS NOT NULL;

-- name: clear
-- Sets all documents aside.
WITH removed AS (
    DELETE FROM document WHERE project_id = %(project_id)s RETURNING *
)
INSERT INTO cleared_document (project_id, collection, document_id, data, size, author_key,
                              created_at, updated_at)
SELECT project_id, collection, document_id, data, size, author_key, created_at, updated_at
FROM removed;

-- name: note_emptied
-- The owner has made all the room there is: they are told of it as of a new app's, even today.
UPDATE project SET is_known_nearly_full = false, nearly_full_told_at = NULL,
                   is_known_full = false, full_told_at = NULL
WHERE project_id = %(project_id)s;

-- name: drop_former
-- Deletes for good what was cleared before the latest times.
DELETE FROM cleared_document
WHERE project_id = %(project_id)s AND cleared_at NOT IN (
    SELECT DISTINCT cleared_at FROM cleared_document WHERE project_id = %(project_id)s
    ORDER BY cleared_at DESC LIMIT %(times)s);

-- name: restore
-- Brings back what was cleared at one time.
WITH returned AS (
    DELETE FROM cleared_document
    WHERE project_id = %(project_id)s AND cleared_at = %(cleared_at)s RETURNING *
)
INSERT INTO document (project_id, collection, document_id, data, size, author_key, created_at,
                      updated_at)
SELECT project_id, collection, document_id, data, size, author_key, created_at, updated_at
FROM returned;
