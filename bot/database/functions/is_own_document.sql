-- Whether a visitor may change a document in any case: it is theirs or nobody's, or the app is theirs.
CREATE OR REPLACE FUNCTION is_own_document(_author_key bytea, _visitor_key bytea, _is_owner boolean)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT _is_owner OR _author_key IS NULL OR _author_key = _visitor_key
$$;
