-- Notes by what a user could be known that they were forgotten, and in which account is what they
-- have spent today. Of an address that is somebody else's by now only up to when it became so.
CREATE OR REPLACE FUNCTION note_forgotten(_user_id text, _spent_in text)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO forgotten_user AS noted (address_key, forgotten_at, spent_in)
    SELECT address_key, coalesce(taken_at, now()), CASE WHEN taken_at IS NULL THEN _spent_in END
    FROM (SELECT address_key, (SELECT min(later.held_since) FROM user_address AS later
                               WHERE later.address_key = held.address_key
                                 AND later.held_since > held.held_since) AS taken_at
          FROM user_address AS held WHERE user_id = _user_id
          UNION ALL  -- one that is their id, as it once was, only where there is no key beside it
          SELECT external_id, NULL FROM known_as
          WHERE user_id = _user_id
            AND (external_id <> _user_id
                 OR NOT EXISTS (SELECT FROM known_as AS other
                                WHERE other.user_id = _user_id AND other.external_id <> _user_id))
         ) AS theirs
    ON CONFLICT (address_key) DO UPDATE
        SET forgotten_at = greatest(noted.forgotten_at, excluded.forgotten_at),
            spent_in = coalesce(excluded.spent_in, noted.spent_in);
$$;
