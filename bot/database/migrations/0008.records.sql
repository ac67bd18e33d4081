-- What Logfire would show, kept here: records and metrics with its own columns, and the functions
-- that its SQL has and PostgreSQL lacks. telemetry/store writes and reads them.

CREATE SCHEMA telemetry;

-- Levels by name, so that `level >= 'error'` means what it says; `level >= 17` does as well.
CREATE TYPE record_level AS ENUM ('trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal');

CREATE FUNCTION level_num(text) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE $1 WHEN 'trace' THEN 1 WHEN 'debug' THEN 5 WHEN 'info' THEN 9 WHEN 'notice' THEN 10
                   WHEN 'warn' THEN 13 WHEN 'warning' THEN 13 WHEN 'error' THEN 17
                   WHEN 'fatal' THEN 21 END::smallint
$$;
CREATE FUNCTION level_num(record_level) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT level_num($1::text)
$$;
CREATE FUNCTION level_name(record_level) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT $1::text
$$;
CREATE FUNCTION level_name(int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1 >= 21 THEN 'fatal' WHEN $1 >= 17 THEN 'error' WHEN $1 >= 13 THEN 'warn'
                WHEN $1 >= 10 THEN 'notice' WHEN $1 >= 9 THEN 'info' WHEN $1 >= 5 THEN 'debug'
                ELSE 'trace' END
$$;
CREATE CAST (record_level AS smallint) WITH FUNCTION level_num(record_level);

-- Both kinds of comparison; without the first, a quoted name would be read as a number.
DO $$
DECLARE
    _operator text;
    _name text;
BEGIN
    FOR _operator, _name IN
        VALUES ('=', 'eq'), ('<>', 'ne'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge')
    LOOP
        EXECUTE format('CREATE FUNCTION record_level_%s(record_level, record_level) RETURNS boolean
                        LANGUAGE sql IMMUTABLE AS ''SELECT enum_%s($1, $2)''', _name, _name);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = record_level, RIGHTARG = record_level,
                        FUNCTION = record_level_%s)', _operator, _name);
        EXECUTE format('CREATE FUNCTION record_level_%s(record_level, int) RETURNS boolean
                        LANGUAGE sql IMMUTABLE AS ''SELECT level_num($1) %s $2''',
                       _name, _operator);
        EXECUTE format('CREATE OPERATOR %s (LEFTARG = record_level, RIGHTARG = int,
                        FUNCTION = record_level_%s)', _operator, _name);
    END LOOP;
END $$;

CREATE FUNCTION time_bucket(interval, timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT date_bin($1, $2, '2000-01-03 00:00:00+00')
$$;

CREATE FUNCTION array_has(anycompatiblearray, anycompatible) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT $2 = ANY ($1)
$$;

-- PostgreSQL's own percentile under Logfire's name. An aggregate over internal state would need a
-- superuser, so this one keeps the values in an array.
CREATE FUNCTION percentile_of(double precision[], double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT percentile_cont($2) WITHIN GROUP (ORDER BY value) FROM unnest($1) AS value
$$;
CREATE AGGREGATE approx_percentile_cont(double precision ORDER BY double precision) (
    SFUNC = array_append, STYPE = double precision[], FINALFUNC = percentile_of
);

CREATE FUNCTION json_get_str(jsonb, VARIADIC text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'string' THEN $1 #>> $2 END
$$;
CREATE FUNCTION json_get_int(jsonb, VARIADIC text[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'number' THEN trunc(($1 #>> $2)::numeric)::bigint END
$$;
CREATE FUNCTION json_get_float(jsonb, VARIADIC text[]) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'number' THEN ($1 #>> $2)::double precision END
$$;
CREATE FUNCTION json_get_bool(jsonb, VARIADIC text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'boolean' THEN ($1 #>> $2)::boolean END
$$;
CREATE FUNCTION json_get_json(jsonb, VARIADIC text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT $1 #> $2
$$;
CREATE FUNCTION json_as_text(jsonb, VARIADIC text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT $1 #>> $2
$$;
CREATE FUNCTION json_contains(jsonb, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT $1 ? $2
$$;
CREATE FUNCTION json_length(jsonb, VARIADIC text[] DEFAULT '{}') RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE jsonb_typeof($1 #> $2)
               WHEN 'array' THEN jsonb_array_length($1 #> $2)
               WHEN 'object' THEN (SELECT count(*) FROM jsonb_object_keys($1 #> $2)) END
$$;

-- Spans, logs, events of spans, and the rows of spans that had begun (kind pending_span).
CREATE TABLE telemetry.record (
    start_timestamp          timestamptz NOT NULL,
    end_timestamp            timestamptz NOT NULL,
    duration                 double precision,   -- seconds; NULL for logs
    level                    record_level NOT NULL,
    kind                     text NOT NULL,
    span_name                text NOT NULL,
    message                  text NOT NULL,
    trace_id                 text NOT NULL,      -- 32 hex characters
    span_id                  text NOT NULL,      -- 16 hex characters
    parent_span_id           text,
    tags                     text[],
    is_exception             boolean NOT NULL,
    exception_type           text,
    exception_message        text,
    exception_stacktrace     text,
    attributes               jsonb NOT NULL,
    otel_status_code         text,
    otel_status_message      text,
    otel_events              jsonb,
    otel_links               jsonb,
    otel_scope_name          text,
    otel_scope_version       text,
    otel_scope_attributes    jsonb,
    otel_resource_attributes jsonb NOT NULL,
    service_name             text NOT NULL,
    service_version          text,
    service_instance_id      text,
    service_namespace        text,
    deployment_environment   text,
    telemetry_sdk_name       text,
    telemetry_sdk_language   text,
    telemetry_sdk_version    text,
    process_pid              int,
    url_full                 text,
    url_path                 text,
    url_query                text,
    http_route               text,
    http_method              text,
    http_response_status_code int,
    log_body                 text
) PARTITION BY RANGE (start_timestamp);
CREATE INDEX record_by_trace ON telemetry.record (trace_id, span_id);
CREATE INDEX record_by_name ON telemetry.record (span_name, start_timestamp);

CREATE TABLE telemetry.metric (
    recorded_timestamp       timestamptz NOT NULL,
    metric_name              text NOT NULL,
    metric_type              text NOT NULL,      -- sum, gauge, histogram, exponential_histogram
    unit                     text,
    start_timestamp          timestamptz,
    aggregation_temporality  text,               -- DELTA, CUMULATIVE
    is_monotonic             boolean,
    metric_description       text,
    scalar_value             double precision,
    histogram_min            double precision,
    histogram_max            double precision,
    histogram_count          bigint,
    histogram_sum            double precision,
    histogram_bucket_counts  bigint[],
    histogram_explicit_bounds double precision[],
    exp_histogram_scale      int,
    exp_histogram_zero_count bigint,
    exp_histogram_zero_threshold double precision,
    exp_histogram_positive_bucket_counts bigint[],
    exp_histogram_positive_bucket_counts_offset int,
    exp_histogram_negative_bucket_counts bigint[],
    exp_histogram_negative_bucket_counts_offset int,
    attributes               jsonb NOT NULL,
    otel_scope_name          text,
    otel_scope_version       text,
    otel_scope_attributes    jsonb,
    otel_resource_attributes jsonb NOT NULL,
    service_name             text NOT NULL,
    service_version          text,
    service_instance_id      text,
    service_namespace        text,
    deployment_environment   text,
    telemetry_sdk_name       text,
    telemetry_sdk_language   text,
    telemetry_sdk_version    text,
    process_pid              int
) PARTITION BY RANGE (recorded_timestamp);
CREATE INDEX metric_by_name ON telemetry.metric (metric_name, recorded_timestamp);

-- Makes room for a day (UTC) in both tables. Attached rather than created in place, so that
-- neither queries nor writers have to wait.
CREATE FUNCTION telemetry.make_day(_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _parent text;
    _partition text;
BEGIN
    FOREACH _parent IN ARRAY ARRAY['record', 'metric'] LOOP
        _partition := format('%s_%s', _parent, to_char(_day, 'YYYYMMDD'));
        CONTINUE WHEN to_regclass('telemetry.' || _partition) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtextextended('telemetry days', 0));
        CONTINUE WHEN to_regclass('telemetry.' || _partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE telemetry.%I (LIKE telemetry.%I INCLUDING DEFAULTS)',
                       _partition, _parent);
        EXECUTE format('ALTER TABLE telemetry.%I ATTACH PARTITION telemetry.%I
                        FOR VALUES FROM (%L) TO (%L)', _parent, _partition,
                       _day::text || ' 00:00:00+00', (_day + 1)::text || ' 00:00:00+00');
    END LOOP;
END $$;

-- What a query may see: from when to when, and of which environments. Set for the transaction by
-- who runs the query; unset, everything.
CREATE FUNCTION telemetry.min_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('telemetry.min_timestamp', true), ''),
                    '-infinity')::timestamptz
$$;
CREATE FUNCTION telemetry.max_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('telemetry.max_timestamp', true), ''),
                    'infinity')::timestamptz
$$;
CREATE FUNCTION telemetry.environments() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('telemetry.environments', true), '')::text[]
$$;

CREATE VIEW records_all AS
SELECT * FROM telemetry.record
WHERE start_timestamp >= telemetry.min_timestamp()
  AND start_timestamp <= telemetry.max_timestamp()
  AND (telemetry.environments() IS NULL
       OR coalesce(deployment_environment, '') = ANY (telemetry.environments()));

CREATE VIEW records AS
SELECT * FROM records_all WHERE kind <> 'pending_span';

CREATE VIEW metrics AS
SELECT * FROM telemetry.metric
WHERE recorded_timestamp >= telemetry.min_timestamp()
  AND recorded_timestamp <= telemetry.max_timestamp()
  AND (telemetry.environments() IS NULL
       OR coalesce(deployment_environment, '') = ANY (telemetry.environments()));

-- The older form of query: milliseconds, and the attributes as columns. A number that a span does
-- not have, or has as something else, is NULL.
CREATE VIEW spans AS
SELECT start_timestamp AS timestamp, end_timestamp, duration * 1000 AS duration_ms,
       duration * 1000 AS duration_milliseconds, duration, level, kind, span_name, message,
       message AS name, trace_id, span_id, parent_span_id, service_name, service_version,
       deployment_environment, is_exception, exception_type, exception_message,
       otel_status_code, otel_status_code AS status, otel_status_message, tags, start_timestamp,
       attributes,
       attributes ->> 'user_id' AS user_id,
       attributes ->> 'request_id' AS request_id,
       attributes ->> 'project_id' AS project_id,
       attributes ->> 'conversation_id' AS conversation_id,
       attributes ->> 'platform' AS platform,
       attributes ->> 'request_type' AS request_type,
       attributes ->> 'request_status' AS request_status,
       json_get_int(attributes, 'request_length') AS request_length,
       attributes ->> 'workflow_type' AS workflow_type,
       attributes ->> 'estimated_complexity' AS estimated_complexity,
       json_get_int(attributes, 'estimated_steps') AS estimated_steps,
       attributes ->> 'agent_id' AS agent_id,
       attributes ->> 'agent_type' AS agent_type,
       json_get_int(attributes, 'version') AS version,
       attributes ->> 'state' AS state,
       attributes ->> 'from_state' AS from_state,
       attributes ->> 'to_state' AS to_state,
       attributes ->> 'continuation_mode' AS continuation_mode,
       attributes ->> 'predecessor_agent_id' AS predecessor_agent_id,
       attributes ->> 'task_type' AS task_type,
       attributes ->> 'operation_name' AS operation_name,
       attributes ->> 'model' AS model,
       json_get_int(attributes, 'input_tokens') AS input_tokens,
       json_get_int(attributes, 'output_tokens') AS output_tokens,
       json_get_int(attributes, 'cache_creation_tokens') AS cache_creation_tokens,
       json_get_int(attributes, 'cache_read_tokens') AS cache_read_tokens,
       json_get_int(attributes, 'total_tokens') AS total_tokens,
       json_get_int(attributes, 'tokens_used') AS tokens_used,
       json_get_int(attributes, 'token_usage') AS token_usage,
       json_get_float(attributes, 'usage_percentage') AS usage_percentage,
       json_get_int(attributes, 'remaining_tokens') AS remaining_tokens,
       json_get_int(attributes, 'tokens_remaining') AS tokens_remaining,
       attributes ->> 'threshold_status' AS threshold_status,
       attributes ->> 'threshold_type' AS threshold_type,
       attributes ->> 'action_taken' AS action_taken,
       json_get_float(attributes, 'operation.cost') AS operation_cost,
       attributes ->> 'handoff_id' AS handoff_id,
       attributes ->> 'source_agent_id' AS source_agent_id,
       attributes ->> 'target_agent_id' AS target_agent_id,
       attributes ->> 'termination_reason' AS termination_reason,
       json_get_float(attributes, 'completion_percentage') AS completion_percentage,
       json_get_float(attributes, 'document_size_kb') AS document_size_kb,
       json_get_int(attributes, 'decisions_count') AS decisions_count,
       json_get_int(attributes, 'todos_count') AS todos_count,
       json_get_int(attributes, 'errors_count') AS errors_count,
       attributes ->> 'table_name' AS table_name,
       attributes ->> 'operation' AS operation,
       attributes ->> 'record_id' AS record_id,
       json_get_float(attributes, 'data_size_kb') AS data_size_kb,
       attributes ->> 'db_status' AS db_status,
       attributes ->> 'from_phase' AS from_phase,
       attributes ->> 'to_phase' AS to_phase,
       json_get_float(attributes, 'phase_duration_seconds') AS phase_duration_seconds,
       attributes ->> 'tool_name' AS tool_name,
       attributes ->> 'result_status' AS result_status,
       attributes ->> 'delivery_status' AS delivery_status,
       attributes ->> 'error_code' AS error_code
FROM records;

-- Runs one query of `_width` columns for the query API and returns each row as JSON with the keys
-- c1, c2 and so on. It runs as its owner, the reading role, and from inside there is no way to
-- become anyone else: PostgreSQL refuses to change the role within such a function, by statement
-- or by set_config. The caller sees to a read-only transaction and a time limit.
CREATE FUNCTION telemetry.query(_sql text, _width int, _limit int) RETURNS SETOF text
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

-- Gives the query function to the reading role, which may read the views and nothing else. False
-- if that takes rights that we lack (CREATEROLE); then queries are refused until an administrator
-- has made the role and granted it to us, and this was called again.
CREATE FUNCTION telemetry.admit_reader() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'textcrew_reader') THEN
        BEGIN
            CREATE ROLE textcrew_reader NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server was first
        END;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            EXECUTE format('GRANT textcrew_reader TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;  -- an administrator may have granted it already
        END;
    END IF;
    GRANT SELECT ON records_all, records, metrics, spans TO textcrew_reader;
    GRANT USAGE, CREATE ON SCHEMA telemetry TO textcrew_reader;
    ALTER FUNCTION telemetry.query(text, int, int) OWNER TO textcrew_reader;
    EXECUTE format('GRANT EXECUTE ON FUNCTION telemetry.query(text, int, int) TO %I', current_user);
    REVOKE ALL ON SCHEMA telemetry FROM textcrew_reader;
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;
END $$;

DO $$ BEGIN PERFORM telemetry.admit_reader(); END $$;
