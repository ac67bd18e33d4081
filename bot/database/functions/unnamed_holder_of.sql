-- Who came with a number and never with an ExternalUserId, unless somebody but `_known` who has one
-- wrote from it since: then it is not certain whose it was. Not in plain SQL, which would be planned
-- for each message anew.
CREATE OR REPLACE FUNCTION unnamed_holder_of(_address_key text, _address_id text, _known text)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        WITH held AS (
            SELECT held.user_id, held_since,
                   EXISTS (SELECT FROM known_as WHERE known_as.user_id = held.user_id)
                   OR is_number IS NULL AND held.user_id <> _address_id AS is_named
            FROM user_address AS held WHERE address_key = _address_key
            UNION ALL  -- from before addresses were noted
            SELECT user_id, first_inbound_at, false FROM contact
            WHERE user_id = _address_id AND forgotten_request_id IS NULL AND NOT EXISTS (
                SELECT FROM user_address WHERE user_address.user_id = contact.user_id)
        )
        SELECT user_id FROM held
        WHERE NOT is_named AND user_id IS DISTINCT FROM _known AND NOT EXISTS (
            SELECT FROM held AS other
            WHERE other.is_named AND other.user_id IS DISTINCT FROM _known
              AND other.held_since >= held.held_since)
        ORDER BY held_since DESC LIMIT 1);
END $$;
