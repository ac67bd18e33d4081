-- name: list_done_since
-- What a user said after a request that was acted upon, and is no mere talk.
SELECT said.body
FROM request AS this
JOIN request AS later ON later.user_id = this.user_id AND later.accepted_at > this.accepted_at
JOIN inbound_message AS said ON said.request_id = later.request_id
WHERE this.request_id = %(request_id)s
  AND later.request_type IN ('build', 'change', 'retry', 'answer', 'command');
