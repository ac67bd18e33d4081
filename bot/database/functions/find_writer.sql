-- Who writes. A known number that comes with an ExternalUserId is that user; one that comes with
-- another ExternalUserId than theirs has changed hands. Some are known by the id that their
-- ExternalUserId makes, from before it had a key of its own.
CREATE OR REPLACE FUNCTION find_writer(
    _external_id text, _external_key text, _address_id text, _address_key text, _at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    _known text;
    _unnamed text;
BEGIN
    IF _external_id IS NULL THEN
        RETURN coalesce(holder_of(_address_key, _at),
                        free_id(_address_id, ARRAY[_address_key]));
    END IF;
    SELECT user_id INTO _known FROM known_as WHERE external_id IN (_external_key, _external_id)
    ORDER BY external_id = _external_key DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT user_id INTO _known FROM contact
        WHERE user_id = _external_id AND forgotten_request_id IS NULL;
    END IF;
    _unnamed := unnamed_holder_of(_address_key, _address_id, _known);
    IF _known IS NULL THEN
        RETURN coalesce(_unnamed, free_id(_external_id, ARRAY[_address_key, _external_key,
                                                              _external_id]));
    ELSIF _unnamed IS NULL OR EXISTS (
        SELECT FROM user_address
        WHERE user_id = _known AND address_key <> _address_key AND is_number IS NOT false) THEN
        RETURN _known;  -- who has had another number may be new to this one
    END IF;
    RETURN join_users(_known, _unnamed);
END $$;
