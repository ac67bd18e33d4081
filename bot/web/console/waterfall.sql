-- name: count_records
-- How much of a trace there is that is left out unless it is asked for.
SELECT count(*) FILTER (WHERE otel_scope_name = 'textcrew.sql') AS statements,
       count(*) FILTER (WHERE kind NOT IN ('span', 'pending_span')) AS events,
       count(*) FILTER (WHERE kind = 'span' AND otel_status_code = 'ERROR') AS errors
FROM telemetry.record
WHERE trace_id = %(trace_id)s AND start_timestamp >= %(since)s;

-- name: list_records
-- A trace in the order of time, as far as it is asked for.
SELECT kind, span_name, message, span_id, parent_span_id, start_timestamp, end_timestamp,
       duration, level::text AS level, otel_status_code, otel_scope_name, exception_type,
       attributes ->> 'agent_id' AS agent_id,
       json_get_int(attributes, 'total_tokens') AS total_tokens
FROM telemetry.record
WHERE trace_id = %(trace_id)s AND start_timestamp >= %(since)s
  AND (%(with_statements)s OR otel_scope_name IS DISTINCT FROM 'textcrew.sql')
  AND (%(with_events)s OR kind IN ('span', 'pending_span'))
ORDER BY start_timestamp, kind DESC
LIMIT %(limit)s;

-- name: find_record
-- A span as it was told last: one that has ended before one that had begun.
SELECT kind, span_name, message, span_id, parent_span_id, start_timestamp, duration, level::text AS level,
       otel_status_code, otel_status_message, exception_type, exception_message, attributes,
       service_name, process_pid
FROM telemetry.record
WHERE trace_id = %(trace_id)s AND span_id = %(span_id)s AND start_timestamp >= %(since)s
ORDER BY kind IN ('span', 'log') DESC, end_timestamp DESC
LIMIT 1;
