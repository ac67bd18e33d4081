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
FROM doubt JOIN request AS said USING (request_id), request AS this
WHERE this.request_id = %(request_id)s AND doubt.user_id = this.user_id
  AND said.accepted_at < this.accepted_at AND attachment.user_id = doubt.user_id
  AND attachment.project_id IS NULL AND strpos(doubt.body, attachment.path) > 0;

-- name: list_gone
-- Those of the paths of which no file of the user is kept.
SELECT path FROM unnest(%(paths)s::text[]) AS path
WHERE NOT EXISTS (SELECT FROM attachment
                  WHERE attachment.user_id = %(user_id)s AND attachment.path = path.path);
