-- title: The tree of a request
-- question: What happened in a request, span by span, the unfinished ones included?
-- parameter request_id: the request, or the beginning of its id; nothing for the latest one
WITH parameters AS (SELECT '' AS request_id),
chosen AS (SELECT records_all.trace_id AS trace_id
           FROM records_all, parameters
           WHERE records_all.span_name = 'user_request'
             AND records_all.attributes->>'request_id' LIKE parameters.request_id || '%'
           ORDER BY records_all.start_timestamp DESC
           LIMIT 1),
ended AS (SELECT records.* FROM records JOIN chosen ON records.trace_id = chosen.trace_id),
begun AS (SELECT records_all.* FROM records_all JOIN chosen ON records_all.trace_id = chosen.trace_id
          WHERE records_all.kind = 'pending_span')
SELECT start_timestamp, duration, message, kind, otel_status_code, exception_type, span_id,
       parent_span_id
FROM ended
UNION ALL
SELECT begun.start_timestamp, NULL, begun.message, begun.kind, NULL, NULL, begun.span_id,
       begun.parent_span_id
FROM begun LEFT JOIN ended ON ended.span_id = begun.span_id AND ended.kind = 'span'
WHERE ended.span_id IS NULL
ORDER BY start_timestamp
LIMIT 10000
