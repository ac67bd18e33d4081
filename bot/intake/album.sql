-- name: list_before
-- What a user sent before a message that it takes up, oldest first: what still waits for more, and
-- for words also what they were asked about, if that is the last thing that they heard or not long
-- ago. Nothing that a stop came after.
SELECT request.request_id, request.status = 'accepted' AS is_open, earlier.message_sid,
       (SELECT string_agg(said.body, E'\n' ORDER BY said.received_at, said.message_sid)
        FROM inbound_message AS said WHERE said.request_id = request.request_id) AS body
FROM inbound_message AS this
JOIN inbound_message AS earlier ON earlier.user_id = this.user_id
                               AND earlier.awaits_more_until IS NOT NULL
                               AND earlier.received_at <= this.received_at
                               AND earlier.received_at
                                   > least(this.received_at,
                                           words_awaited_since(this.user_id, this.received_at))
                                     - %(asked_within)s
JOIN request ON request.request_id = earlier.request_id
LEFT JOIN stop_order ON stop_order.user_id = this.user_id
WHERE this.message_sid = %(message_sid)s AND request.request_id <> this.request_id
  AND coalesce(stop_order.said_at <= request.accepted_at, true)
  AND CASE WHEN request.status = 'accepted'
           THEN earlier.awaits_more_until > this.received_at
           ELSE %(is_words)s AND earlier.awaits_more_until = 'infinity' END
ORDER BY earlier.received_at, earlier.message_sid;

-- name: take_up
-- Lets the messages of other requests belong to this one; of what their user was asked about, only
-- those that wait for words.
UPDATE inbound_message SET request_id = %(request_id)s, awaits_more_until = NULL
FROM request
WHERE inbound_message.request_id = ANY (%(request_ids)s)
  AND request.request_id = inbound_message.request_id
  AND (request.status = 'accepted' OR awaits_more_until IS NOT NULL);

-- name: find_wait
-- Whether a message is read for the first time, has to wait until its time comes, and has others
-- behind it that came within that time and are not read.
SELECT awaits_more_until IS NULL AS is_new, until > now() AS is_early, until,
       EXISTS (SELECT FROM inbound_message AS later JOIN request USING (request_id)
               WHERE later.user_id = this.user_id
                 AND later.received_at > this.received_at AND later.received_at < until
                 AND later.awaits_more_until IS NULL AND request.status = 'accepted'
                 AND request.request_id <> this.request_id
                 -- A voice note that nobody can hear now is not waited for.
                 AND NOT EXISTS (SELECT FROM procrastinate_jobs AS job
                                 WHERE job.lock = 'voice:' || this.user_id
                                   AND job.status IN ('todo', 'doing')
                                   AND job.args ->> 'message_sid' = later.message_sid)
              ) AS is_followed
FROM inbound_message AS this
CROSS JOIN LATERAL (SELECT coalesce(awaits_more_until,
                                    received_at + %(seconds)s * interval '1 s')) AS wait (until)
WHERE message_sid = %(message_sid)s;

-- name: wake_reader_at
-- Has a message read once more when its time has come; it keeps nobody waiting until then.
SELECT enqueue_job('conversation', 'wake_reader', 'album:' || %(user_id)s,
                   jsonb_build_object('message_sid', %(message_sid)s::text), %(until)s);

-- name: read_next
-- Has messages read once more, behind what is read already.
SELECT enqueue_reader(%(user_id)s, message_sid)
FROM inbound_message
WHERE request_id = ANY (%(request_ids)s) AND awaits_more_until IS NOT NULL;

-- name: read_earlier
-- The same for what came before a message, waits no longer for more and is not read.
SELECT enqueue_reader(%(user_id)s, due.message_sid)
FROM (SELECT earlier.message_sid
      FROM inbound_message AS this
      JOIN inbound_message AS earlier ON earlier.user_id = this.user_id
                                     AND earlier.awaits_more_until <= this.received_at
                                     AND earlier.received_at < this.received_at
                                     AND earlier.received_at > this.received_at - %(asked_within)s
      JOIN request ON request.request_id = earlier.request_id
      WHERE this.message_sid = %(message_sid)s AND request.status = 'accepted'
        AND request.request_id <> this.request_id
      ORDER BY earlier.received_at, earlier.message_sid) AS due;

-- name: read_again
-- The same for one.
SELECT enqueue_reader(%(user_id)s, %(message_sid)s);

-- name: wake_reader
-- The same for a message whose time has come, if nothing has taken it up.
SELECT enqueue_reader(inbound_message.user_id, message_sid)
FROM inbound_message JOIN request USING (request_id)
WHERE message_sid = %(message_sid)s AND awaits_more_until IS NOT NULL
  AND request.status = 'accepted';

-- name: wait_until
-- Notes until when what follows belongs to a message.
UPDATE inbound_message SET awaits_more_until = %(until)s WHERE message_sid = %(message_sid)s;

-- name: await_words
-- The words that come next belong to all that a request brought, whenever that is.
UPDATE inbound_message SET awaits_more_until = 'infinity' WHERE request_id = %(request_id)s;

-- name: await_other_words
-- The same for messages that were taken up by words which were not about them.
UPDATE inbound_message SET awaits_more_until = 'infinity', request_id = %(request_id)s
WHERE message_sid = %(message_sid)s;

-- name: close_album
-- Lets nothing that comes after a message belong to these requests.
UPDATE inbound_message AS earlier SET awaits_more_until = this.received_at
FROM inbound_message AS this
WHERE this.message_sid = %(message_sid)s AND earlier.request_id = ANY (%(request_ids)s)
  AND earlier.awaits_more_until IS NOT NULL;
