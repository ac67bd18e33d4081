-- A message that is owed lets others pass, but not the parts that follow it: they are owed as well,
-- and wait as long.
CREATE OR REPLACE FUNCTION hold_following_parts(_id bigint, _until timestamptz)
RETURNS void LANGUAGE sql AS $$
    UPDATE outbox AS following SET is_owed = true, not_before = _until
    FROM outbox AS first
    WHERE first.id = _id AND following.dedupe_key = first.dedupe_key
      AND following.part > first.part AND following.state = 'queued'
$$;
