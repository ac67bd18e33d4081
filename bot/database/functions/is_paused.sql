-- Whether an operator has stopped the intake or the sending.
CREATE OR REPLACE FUNCTION is_paused(_what text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pause WHERE what = _what)
$$;
