-- What Logfire would show, kept here: records and metrics with its own columns. telemetry/store
-- writes and reads them.

CREATE SCHEMA telemetry;

-- Operators, casts and aggregates are made of functions, so theirs stand here and not in
-- bot/database/functions.

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

-- PostgreSQL's own percentile under Logfire's name. An aggregate over internal state would need a
-- superuser, so this one keeps the values in an array.
CREATE FUNCTION percentile_of(double precision[], double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT percentile_cont($2) WITHIN GROUP (ORDER BY value) FROM unnest($1) AS value
$$;
CREATE AGGREGATE approx_percentile_cont(double precision ORDER BY double precision) (
    SFUNC = array_append, STYPE = double precision[], FINALFUNC = percentile_of
);

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
