-- name: note_end
-- Whose message it is and, if its span is to be told again with that end, which one that is. Also
-- under an id that was given up because the message goes out once more.
WITH message AS (
    SELECT id FROM outbox WHERE provider_sid = %(provider_sid)s
    UNION ALL
    SELECT outbox_id FROM former_sid WHERE provider_sid = %(provider_sid)s
    LIMIT 1
),
told AS (
    UPDATE outbox SET span_told = %(end)s
    FROM message
    WHERE outbox.id = message.id AND span_id IS NOT NULL AND %(end)s::text IS NOT NULL
      AND span_told IS DISTINCT FROM %(end)s AND span_told IS DISTINCT FROM 'delivered'
    RETURNING outbox.id, outbox.span_id, span_began_at
)
SELECT request.trace_id, request.span_id AS root_span_id, accepted_at, request.user_id,
       request.request_id, project_id, conversation_id, kind, part, parts, told.span_id,
       told.span_began_at AS began_at, clock_timestamp() - attempted_at AS elapsed
FROM message
JOIN outbox USING (id)
JOIN request ON request.request_id = outbox.request_id
LEFT JOIN told USING (id);
