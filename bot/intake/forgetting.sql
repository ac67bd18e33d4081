-- name: ask_to_forget
-- From now on, for a while, the person may confirm.
UPDATE contact SET forget_asked_at = now() WHERE user_id = %(user_id)s;

-- name: withdraw_question
-- There is nothing to confirm any more.
UPDATE contact SET forget_asked_at = NULL WHERE user_id = %(user_id)s;

-- name: may_be_forgotten
-- Whether the person was asked a moment ago.
SELECT forget_asked_at > now() - interval '10 minutes' FROM contact
WHERE user_id = %(user_id)s AND forget_asked_at IS NOT NULL;

-- name: forget_person
-- Deletes everything but what the goodbye needs, and notes when for catching up.
WITH noted AS (
    INSERT INTO forgotten_person (address_key)
    SELECT address_key FROM contact WHERE user_id = %(user_id)s AND address_key IS NOT NULL
    ON CONFLICT (address_key) DO UPDATE SET forgotten_at = now()
)
SELECT forget_person(%(user_id)s, %(request_id)s);

-- name: finish_forgetting
-- Deletes what the goodbyes needed.
SELECT finish_forgetting();
