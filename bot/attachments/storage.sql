-- name: keep
-- A file of a message, once.
INSERT INTO attachment (message_sid, number, user_id, path, content_type, content, sha256)
VALUES (%(message_sid)s, %(number)s, %(user_id)s, %(path)s, %(content_type)s, %(content)s,
        sha256(%(content)s))
ON CONFLICT DO NOTHING;

-- name: note_meaning
-- What a message says, with the files that it brought.
UPDATE inbound_message SET body = %(body)s, is_taken_in = true WHERE message_sid = %(message_sid)s;

-- name: was_taken_in
-- Whether the body says already what came with it.
SELECT is_taken_in FROM inbound_message WHERE message_sid = %(message_sid)s;

-- name: take_along
-- The user's files that wait, and those that the request names, belong to the project that it is
-- about; not those of another message that is still to be acted upon.
UPDATE attachment SET project_id = %(project_id)s, request_id = %(request_id)s
WHERE user_id = %(user_id)s AND project_id IS NULL
  AND (received_at > now() - %(within)s OR strpos(%(request_text)s, path) > 0)
  AND NOT EXISTS (SELECT FROM inbound_message AS other JOIN request USING (request_id)
                  WHERE other.message_sid = attachment.message_sid
                    AND request.status = 'accepted' AND request.request_id <> %(request_id)s)
RETURNING path;

-- name: files_of_request
-- The files that came with a request, in the order in which they were sent.
SELECT path, content_type, content FROM attachment
WHERE request_id = %(request_id)s
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
