-- The older form of query: milliseconds, and what is measured as columns. A number that a span does
-- not have, or has as something else, is NULL.
--
-- Attributes that are words are no columns: where a query names one of them `agent_type` and groups by
-- that name, it would be grouped by the column instead, and be refused.
CREATE OR REPLACE VIEW spans AS
SELECT start_timestamp AS timestamp, end_timestamp, duration * 1000 AS duration_ms,
       duration * 1000 AS duration_milliseconds, duration, level, kind, span_name, message,
       message AS name, trace_id, span_id, parent_span_id, service_name, service_version,
       deployment_environment, is_exception, exception_type, exception_message,
       otel_status_code, otel_status_code AS status, otel_status_message, tags, start_timestamp,
       attributes,
       json_get_int(attributes, 'request_length') AS request_length,
       json_get_int(attributes, 'estimated_steps') AS estimated_steps,
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
       json_get_float(attributes, 'operation.cost') AS operation_cost,
       json_get_float(attributes, 'completion_percentage') AS completion_percentage,
       json_get_float(attributes, 'document_size_kb') AS document_size_kb,
       json_get_int(attributes, 'decisions_count') AS decisions_count,
       json_get_int(attributes, 'todos_count') AS todos_count,
       json_get_int(attributes, 'errors_count') AS errors_count,
       json_get_float(attributes, 'data_size_kb') AS data_size_kb,
       json_get_float(attributes, 'phase_duration_seconds') AS phase_duration_seconds
FROM records;
