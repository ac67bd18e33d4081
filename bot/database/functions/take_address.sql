-- Lets an address be this user's from now on; who had it before gets nothing more over it but their
-- goodbye.
CREATE OR REPLACE FUNCTION take_address(
    _user_id text, _address_key text, _is_number boolean, _at timestamptz, _is_back boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT _is_back AND EXISTS (
        SELECT FROM user_address
        WHERE address_key = _address_key AND user_id = _user_id AND is_number = _is_number
    ) AND NOT EXISTS (
        SELECT FROM contact WHERE address_key = _address_key AND user_id <> _user_id
    ) THEN
        RETURN;  -- as for nearly every message: there is nothing to write
    END IF;
    PERFORM suppress_contact(user_id, 'moved') FROM contact
    WHERE address_key = _address_key AND user_id <> _user_id AND forgotten_request_id IS NULL;
    UPDATE contact SET address_key = NULL
    WHERE address_key = _address_key AND user_id <> _user_id AND forgotten_request_id IS NULL;
    INSERT INTO user_address AS held (address_key, user_id, is_number, held_since)
    VALUES (_address_key, _user_id, _is_number, _at)
    ON CONFLICT (address_key, user_id) DO UPDATE
        SET held_since = CASE WHEN _is_back THEN excluded.held_since ELSE held.held_since END,
            is_number = CASE WHEN EXISTS (SELECT FROM known_as WHERE user_id = _user_id)
                             THEN excluded.is_number ELSE held.is_number END;
END $$;
