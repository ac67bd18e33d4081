-- name: note_doubt
-- The message that may be a request or only talk; a newer one takes its place.
INSERT INTO doubt (user_id, request_id, body, kind, project)
VALUES (%(user_id)s, %(request_id)s, %(body)s, %(kind)s, %(project)s)
ON CONFLICT (user_id) DO UPDATE
    SET request_id = excluded.request_id, body = excluded.body, kind = excluded.kind,
        project = excluded.project, asked_at = now();

-- name: clear_doubt
-- It is answered, or the user went on to something else.
DELETE FROM doubt WHERE user_id = %(user_id)s;

-- name: clear_older_doubt
-- What was said before a request that ends all is not begun any more.
DELETE FROM doubt USING request AS said, request AS ending
WHERE doubt.user_id = %(user_id)s AND said.request_id = doubt.request_id
  AND ending.request_id = %(request_id)s AND said.accepted_at < ending.accepted_at;
