-- name: find_content
-- The Content that shows these choices.
SELECT content_sid FROM twilio_content WHERE content_hash = %(content_hash)s;

-- name: keep_content
-- A Content that was made; whoever was first is kept.
INSERT INTO twilio_content (content_hash, content_sid)
VALUES (%(content_hash)s, %(content_sid)s)
ON CONFLICT DO NOTHING;

-- name: forget_content
-- A Content that Twilio does not know any more.
DELETE FROM twilio_content WHERE content_sid = %(content_sid)s;
