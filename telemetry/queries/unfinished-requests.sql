-- title: Unfinished requests
-- question: Which requests are still running, or died?
SELECT begun.start_timestamp, begun.attributes->>'request_id' AS request_id,
       begun.attributes->>'user_id' AS user_id, begun.trace_id,
       count(work.span_id) AS spans_so_far, max(work.end_timestamp) AS last_sign_of_life
FROM records_all AS begun
LEFT JOIN records AS ended
       ON ended.trace_id = begun.trace_id AND ended.span_id = begun.span_id AND ended.kind = 'span'
LEFT JOIN records AS work ON work.trace_id = begun.trace_id
WHERE begun.kind = 'pending_span' AND begun.span_name = 'user_request' AND ended.span_id IS NULL
GROUP BY begun.start_timestamp, begun.trace_id, begun.attributes->>'request_id',
         begun.attributes->>'user_id'
ORDER BY begun.start_timestamp
