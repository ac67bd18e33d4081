-- name: find_said_before
-- What the words became that were said within some seconds before what came without any, or began
-- before it: a photo of an album may have been lost and taken in later.
SELECT said.request_id, said.request_type, said.project_id
FROM request AS said
WHERE said.user_id = %(user_id)s AND said.request_id <> %(request_id)s
  AND said.request_type IN ('build', 'change', 'retry', 'answer', 'talk')
  AND said.accepted_at
      >= (SELECT min(received_at) FROM inbound_message WHERE request_id = %(request_id)s)
         - %(within)s
  AND (SELECT min(received_at) FROM inbound_message WHERE request_id = said.request_id)
      <= (SELECT min(received_at) FROM inbound_message WHERE request_id = %(request_id)s)
ORDER BY said.accepted_at DESC LIMIT 1;

-- name: add_to_doubt
-- What came belongs to the message that may be a request or only talk.
UPDATE doubt SET body = body || E'\n' || %(body)s
WHERE user_id = %(user_id)s AND request_id = %(request_id)s
RETURNING true;
