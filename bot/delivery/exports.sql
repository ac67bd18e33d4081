-- name: keep_export
-- A file for a user that is found by its link's name.
INSERT INTO media (user_id, file_name, content_type, content, link_name)
VALUES (%(user_id)s, %(file_name)s, %(content_type)s, %(content)s, %(link_name)s);

-- name: find_export
-- The file that a link leads to, as long as it works.
SELECT file_name, content_type, content FROM media
WHERE link_name = %(link_name)s AND created_at > now() - make_interval(secs => %(seconds)s);
