-- Runs one query of `_width` columns for the query API and returns each row as JSON with the keys
-- c1, c2 and so on. It runs as its owner, the reading role, and from inside there is no way to
-- become anyone else: PostgreSQL refuses to change the role within such a function, by statement
-- or by set_config. The caller sees to a read-only transaction and a time limit.
--
-- The answer is read row by row: it stops at the row with which it becomes larger than
-- telemetry.size_limit (bytes), before that row is made into JSON. The limit is read before the
-- query, which cannot raise it.
CREATE OR REPLACE FUNCTION telemetry.query(_sql text, _width int, _limit int) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    _names text := (SELECT string_agg('c' || number, ', ' ORDER BY number)
                    FROM generate_series(1, _width) AS number);
    _sizes text := (SELECT string_agg(format('coalesce(pg_column_size(c%s), 0)::bigint', number),
                                      ' + ')
                    FROM generate_series(1, _width) AS number);
    _room bigint := coalesce(nullif(current_setting('telemetry.size_limit', true), '')::bigint,
                             16777216);
    _rows refcursor;
    _row text;
BEGIN
    -- The inner limit also keeps each value from being computed twice.
    OPEN _rows NO SCROLL FOR EXECUTE format(
        E'SELECT CASE WHEN %s <= %s THEN row_to_json(answer)::text END
          FROM (SELECT * FROM (%s\n) AS asked (%s) LIMIT %s) AS answer',
        _sizes, _room, _sql, _names, _limit);
    LOOP
        FETCH _rows INTO _row;
        EXIT WHEN NOT FOUND;
        _room := _room - octet_length(_row);
        IF _row IS NULL OR _room < 0 THEN
            RAISE program_limit_exceeded
                USING MESSAGE = 'The answer is too large; ask for fewer columns or rows.';
        END IF;
        RETURN NEXT _row;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION telemetry.query(text, int, int) FROM PUBLIC;
