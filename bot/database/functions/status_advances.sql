-- Whether a status is news after another one: callbacks come late, twice and in any order.
-- A failure ends a message that was not delivered; nothing follows a failure.
CREATE OR REPLACE FUNCTION status_advances(_from text, _to text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN _to = ANY (failures) THEN NOT _from = ANY (failures || '{delivered,read}')
                ELSE NOT _from = ANY (failures)
                     AND array_position(ways, _to) > array_position(ways, _from) END
    FROM (SELECT '{failed,undelivered,canceled}'::text[] AS failures,
                 '{accepted,scheduled,queued,sending,sent,delivered,read}'::text[] AS ways) AS known
$$;
