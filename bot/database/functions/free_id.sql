-- A new user's id; another one where somebody is known by it who has other addresses, and for who
-- was forgotten, whom nothing is to tie to who they were.
CREATE OR REPLACE FUNCTION free_id(_id text, _keys text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM user_address WHERE user_id = _id)
                     OR EXISTS (SELECT FROM contact
                                WHERE user_id = _id AND forgotten_request_id IS NOT NULL)
                     OR EXISTS (SELECT FROM forgotten_user WHERE address_key = ANY (_keys))
                THEN translate(gen_random_uuid()::text, '-', '') ELSE _id END
$$;
