-- Lets jobs about a user be about another id of theirs: those at work, or all others.
CREATE OR REPLACE FUNCTION move_jobs(_from text, _to text, _at_work boolean) RETURNS void
LANGUAGE sql AS $$
    UPDATE procrastinate_jobs
    SET lock = replace(lock, _from, _to),
        args = CASE WHEN args ? 'user_id' THEN args || jsonb_build_object('user_id', _to)
                    ELSE args END
    WHERE (status = 'doing') = _at_work
      AND lock = ANY (lanes_of(_from))
$$;
