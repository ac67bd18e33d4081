-- Whether an operator has stopped the intake or the sending, or had until so long ago: what it kept
-- waiting has as much time to go on as what comes now.
CREATE OR REPLACE FUNCTION was_paused(_what text, _until interval) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT is_paused(_what) OR EXISTS (
        SELECT FROM audit WHERE subject = _what AND action = 'resume' AND at > now() - _until)
$$;
