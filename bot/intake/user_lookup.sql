-- name: find_by_id
-- The user of a user id.
SELECT user_id FROM contact WHERE user_id = %(user_id)s;

-- name: find_by_address
-- The user whose address it is now.
SELECT holder_of(%(address_key)s, now());

-- name: open_erasure
-- A request in whose name an operator erases a user; it goes with the rest of them.
INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                     request_type, request_length, status, work_ended_at, closed_at)
SELECT gen_random_uuid(), user_id, conversation_id, platform, %(trace_id)s, %(span_id)s,
       'command', 0, 'completed', now(), now()
FROM contact WHERE user_id = %(user_id)s
RETURNING request_id;
