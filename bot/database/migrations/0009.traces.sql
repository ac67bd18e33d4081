-- What the trace of a message needs: its span is told again when it is known what became of it.
ALTER TABLE outbox
    ADD COLUMN span_id text,               -- of the attempt that Twilio took in, 16 hex characters
    ADD COLUMN span_began_at timestamptz,
    ADD COLUMN span_told text;             -- the last status that the span was told again with

-- What lets queries in the older form run as they were written: see the view `spans`, which has lost
-- columns and is made after this, and levels in capitals, as in `level = 'ERROR'`.

DROP VIEW IF EXISTS spans;

-- Names to compare with; what is stored is always in small letters.
ALTER TYPE record_level ADD VALUE IF NOT EXISTS 'TRACE';
ALTER TYPE record_level ADD VALUE IF NOT EXISTS 'DEBUG';
ALTER TYPE record_level ADD VALUE IF NOT EXISTS 'INFO';
ALTER TYPE record_level ADD VALUE IF NOT EXISTS 'NOTICE';
ALTER TYPE record_level ADD VALUE IF NOT EXISTS 'WARN';
ALTER TYPE record_level ADD VALUE IF NOT EXISTS 'ERROR';
ALTER TYPE record_level ADD VALUE IF NOT EXISTS 'FATAL';

CREATE OR REPLACE FUNCTION level_num(record_level) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT level_num(lower($1::text))
$$;
DO $$
DECLARE
    _operator text;
    _name text;
BEGIN
    FOR _operator, _name IN
        VALUES ('=', 'eq'), ('<>', 'ne'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge')
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION record_level_%s(record_level, record_level)
                        RETURNS boolean LANGUAGE sql IMMUTABLE AS
                        $body$SELECT level_num($1) %s level_num($2)$body$', _name, _operator);
    END LOOP;
END $$;
