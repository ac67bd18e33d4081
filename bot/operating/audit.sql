-- name: note_act
-- Puts an act of an operator's on record.
INSERT INTO audit (operator, action, subject, reason)
VALUES (%(operator)s, %(action)s, %(subject)s, %(reason)s);

-- name: list_acts
-- The latest acts, newest first; a subject is found by all of it, a copy by its link, a request or
-- a user by the beginning of the id.
SELECT audit_id, at, operator, action, subject, reason
FROM audit
WHERE (%(operator)s::text IS NULL OR operator = %(operator)s)
  AND (%(action)s::text IS NULL OR action = %(action)s)
  AND (%(subject)s::text IS NULL OR subject IN (%(subject)s, 'copy:' || %(subject)s)
       OR subject LIKE 'request:' || %(id)s || '%%' OR subject LIKE 'user:' || %(id)s || '%%'
       OR subject IN ('message:' || %(id)s, 'job:' || %(id)s))
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
ORDER BY audit_id DESC LIMIT %(limit)s;

-- name: list_acts_about
-- What was done about a user lately, newest first: to them, and to their last requests and messages.
SELECT audit_id, at, operator, action, subject, reason
FROM (SELECT 'user:' || %(user_id)s AS subject
      UNION ALL
      (SELECT 'request:' || request_id FROM request
       WHERE user_id = %(user_id)s ORDER BY accepted_at DESC LIMIT %(last)s)
      UNION ALL
      (SELECT 'message:' || id FROM outbox
       WHERE user_id = %(user_id)s ORDER BY created_at DESC LIMIT %(last)s)) AS theirs
JOIN audit USING (subject)
ORDER BY audit_id DESC LIMIT %(limit)s;
