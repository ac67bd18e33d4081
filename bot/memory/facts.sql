-- name: remember
-- A lasting fact, once.
INSERT INTO remembered (user_id, fact) VALUES (%(user_id)s, %(fact)s)
ON CONFLICT (user_id, md5(lower(fact))) DO UPDATE SET said_at = now();

-- name: keep_newest
-- The oldest facts give way when there are too many.
DELETE FROM remembered WHERE remembered_id IN (
    SELECT remembered_id FROM remembered WHERE user_id = %(user_id)s
    ORDER BY said_at DESC, remembered_id DESC OFFSET %(most)s);

-- name: list_facts
-- All that is remembered of a user, what was said first at first: said again it keeps its place.
SELECT remembered_id, fact FROM remembered WHERE user_id = %(user_id)s
ORDER BY remembered_id;

-- name: forget_facts
-- Some of it.
DELETE FROM remembered WHERE user_id = %(user_id)s AND remembered_id = ANY (%(ids)s);
