-- A new user's id; another one where somebody is known by it who has other addresses.
CREATE OR REPLACE FUNCTION free_id(_id text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM user_address WHERE user_id = _id)
                THEN translate(gen_random_uuid()::text, '-', '') ELSE _id END
$$;
