-- name: list_waiting_messages
-- What the user wrote after a message and nobody has read yet, in order.
SELECT later.message_sid, later.request_id, later.message_type, later.body, later.fields_encrypted
FROM inbound_message AS this
JOIN inbound_message AS later ON later.user_id = this.user_id
                             AND (later.received_at, later.message_sid)
                                 > (this.received_at, this.message_sid)
JOIN request ON request.request_id = later.request_id
WHERE this.message_sid = %(message_sid)s AND request.status = 'accepted'
  AND later.request_id <> this.request_id
ORDER BY later.received_at, later.message_sid LIMIT %(limit)s;

-- name: is_preceded
-- A row if something that a message's writer sent before it waits for more, or for words.
SELECT true AS is_preceded
FROM inbound_message AS this
JOIN inbound_message AS earlier ON earlier.user_id = this.user_id
                               AND earlier.awaits_more_until IS NOT NULL
                               AND earlier.received_at <= this.received_at
                               AND earlier.received_at
                                   > least(this.received_at,
                                           words_awaited_since(this.user_id, this.received_at))
                                     - %(asked_within)s
WHERE this.message_sid = %(message_sid)s AND earlier.request_id <> this.request_id LIMIT 1;

-- name: join_messages
-- Lets messages belong to the request of an earlier one.
UPDATE inbound_message SET request_id = %(request_id)s
WHERE message_sid = ANY (%(message_sids)s);

-- name: list_words
-- All that was said in a request, in order.
SELECT message_sid, body FROM inbound_message WHERE request_id = %(request_id)s
ORDER BY received_at, message_sid;

-- name: count_lately
-- How much the user wrote in the last minute.
SELECT count(*) FROM inbound_message
WHERE user_id = %(user_id)s AND received_at > now() - interval '1 minute';

-- name: was_told_lately
-- Whether the user was sent a message of a kind within some seconds.
SELECT EXISTS (SELECT FROM outbox
               WHERE user_id = %(user_id)s AND kind = %(kind)s
                 AND created_at > now() - %(seconds)s * interval '1 second');
