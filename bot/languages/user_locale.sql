-- name: find_sure
-- The language that a user asked for, or wrote more than a word or once; NULL where it is a guess.
SELECT language FROM contact
WHERE user_id = %(user_id)s AND (language_is_requested OR language_is_sure);

-- name: note_requested
-- The language that a user asked for; what they write in no longer matters.
UPDATE contact SET language = %(language)s, language_is_requested = true, language_heard = NULL
WHERE user_id = %(user_id)s;

-- name: note_heard
-- The language that a user wrote in; gives the one to speak. Theirs changes when they write in
-- another one twice in a row, or plainly where theirs was only guessed from a word or two.
UPDATE contact
SET language = CASE WHEN changes.yes THEN %(language)s ELSE contact.language END,
    language_is_sure = CASE WHEN changes.yes
                            THEN %(is_plain)s OR language_heard IS NOT DISTINCT FROM %(language)s
                            ELSE language_is_sure OR language = %(language)s END,
    language_heard = CASE WHEN changes.yes OR contact.language = %(language)s THEN NULL
                          ELSE %(language)s END
FROM (SELECT user_id,
             language IS NULL
             OR NOT language_is_requested
                AND language <> %(language)s
                AND (language_heard IS NOT DISTINCT FROM %(language)s
                     OR %(is_plain)s AND NOT language_is_sure) AS yes
      FROM contact WHERE user_id = %(user_id)s) AS changes
WHERE contact.user_id = changes.user_id
RETURNING contact.language;

-- name: note_first_heard
-- The language of a single word, which counts only where none is known; gives the one to speak.
UPDATE contact SET language = coalesce(language, %(language)s)
WHERE user_id = %(user_id)s
RETURNING language;
