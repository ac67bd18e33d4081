-- What users hear who want no messages: the answers about that, and about being forgotten.
CREATE OR REPLACE FUNCTION is_always_said(_kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT _kind IN ('opted_out', 'forget_asked', 'forget_declined', 'forgotten')
$$;
