-- Whose an address was at a moment; NULL if it was nobody's, or its last holder had gone over to
-- another number by then. Who is known from a later message only was there before it, too.
CREATE OR REPLACE FUNCTION holder_of(_address_key text, _at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT user_id
        FROM (SELECT * FROM user_address WHERE address_key = _address_key
              ORDER BY held_since <= _at DESC,
                       CASE WHEN held_since <= _at THEN held_since END DESC, held_since
              LIMIT 1) AS held
        WHERE NOT EXISTS (
            SELECT FROM user_address AS later
            WHERE later.user_id = held.user_id AND later.is_number IS NOT false
              AND later.held_since > held.held_since AND later.held_since <= _at));
END $$;
