-- name: suppress_contact
-- This user gets nothing more.
SELECT suppress_contact(%(user_id)s, %(reason)s);

-- name: accept_contact
-- This user wants messages again.
UPDATE contact SET suppressed_at = NULL, suppressed_reason = NULL
WHERE user_id = %(user_id)s AND suppressed_at IS NOT NULL
RETURNING 1;

-- name: has_opted_out
-- Whether this user said that they want no messages.
SELECT suppressed_reason = 'opted_out' FROM contact
WHERE user_id = %(user_id)s AND suppressed_at IS NOT NULL;
