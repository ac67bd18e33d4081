-- Runs one query of `_width` columns for the query API and returns each row as JSON with the keys
-- c1, c2 and so on. It runs as its owner, the reading role, and from inside there is no way to
-- become anyone else: PostgreSQL refuses to change the role within such a function, by statement
-- or by set_config. The caller sees to a read-only transaction and a time limit.
CREATE OR REPLACE FUNCTION telemetry.query(_sql text, _width int, _limit int) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    _names text := (SELECT string_agg('c' || number, ', ' ORDER BY number)
                    FROM generate_series(1, _width) AS number);
BEGIN
    RETURN QUERY EXECUTE format(
        E'SELECT row_to_json(answer)::text FROM (%s\n) AS answer (%s) LIMIT %s',
        _sql, _names, _limit);
END $$;
REVOKE ALL ON FUNCTION telemetry.query(text, int, int) FROM PUBLIC;
