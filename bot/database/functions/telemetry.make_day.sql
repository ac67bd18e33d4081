-- Makes room for a day (UTC) in both tables. Attached rather than created in place, so that neither
-- queries nor writers have to wait. Two processes that begin a day at once: a lock on the table,
-- unlike an advisory one, lets whoever waited for it see the partition that the other has made
-- meanwhile.
CREATE OR REPLACE FUNCTION telemetry.make_day(_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _parent text;
    _partition text;
BEGIN
    FOREACH _parent IN ARRAY ARRAY['record', 'metric'] LOOP
        _partition := format('%s_%s', _parent, to_char(_day, 'YYYYMMDD'));
        CONTINUE WHEN to_regclass('telemetry.' || _partition) IS NOT NULL;
        EXECUTE format('LOCK TABLE ONLY telemetry.%I IN SHARE UPDATE EXCLUSIVE MODE', _parent);
        CONTINUE WHEN to_regclass('telemetry.' || _partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE telemetry.%I (LIKE telemetry.%I INCLUDING DEFAULTS)',
                       _partition, _parent);
        EXECUTE format('ALTER TABLE telemetry.%I ATTACH PARTITION telemetry.%I
                        FOR VALUES FROM (%L) TO (%L)', _parent, _partition,
                       _day::text || ' 00:00:00+00', (_day + 1)::text || ' 00:00:00+00');
    END LOOP;
END $$;
