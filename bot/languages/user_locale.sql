-- name: note_requested
-- The language that a user asked for; what they write in no longer matters.
UPDATE contact SET language = %(language)s, language_is_requested = true
WHERE user_id = %(user_id)s;

-- name: note_heard
-- The language that a user writes in; gives the one to speak, which they may have asked for.
UPDATE contact SET language = CASE WHEN language_is_requested THEN language ELSE %(language)s END
WHERE user_id = %(user_id)s
RETURNING language;

-- name: note_first_heard
-- The language of a single word, which counts only where none is known; gives the one to speak.
UPDATE contact SET language = coalesce(language, %(language)s)
WHERE user_id = %(user_id)s
RETURNING language;
