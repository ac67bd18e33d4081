-- name: keep_media
-- A picture for a user.
INSERT INTO media (user_id, file_name, content_type, content)
VALUES (%(user_id)s, %(file_name)s, %(content_type)s, %(content)s)
RETURNING media_id;

-- name: find_media
-- The picture that a link leads to.
SELECT file_name, content_type, content FROM media WHERE media_id = %(media_id)s;
