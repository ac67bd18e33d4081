-- name: note_wished
-- The language that a person asked for; what they write in no longer matters.
UPDATE contact SET language = %(language)s, language_is_wished = true
WHERE user_id = %(user_id)s;

-- name: note_heard
-- The language that a person writes in; gives the one to speak, which they may have asked for.
UPDATE contact SET language = CASE WHEN language_is_wished THEN language ELSE %(language)s END
WHERE user_id = %(user_id)s
RETURNING language;
