-- title: Time to the first answer
-- question: How long does a user wait from their message to the first word of ours that is out?
-- bar: p95_seconds
SELECT request_type, count(*) AS requests, avg(seconds) AS mean_seconds,
       approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50_seconds,
       approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds
FROM (SELECT root.attributes->>'request_type' AS request_type,
             (extract(epoch FROM said.first_at)
              - extract(epoch FROM root.start_timestamp))::float8 AS seconds
      FROM records AS root
      JOIN (SELECT trace_id, min(end_timestamp) AS first_at
            FROM records
            WHERE span_name = 'delivery'
              AND attributes->>'delivery_status' IN ('sent', 'delivered')
            GROUP BY trace_id) AS said ON said.trace_id = root.trace_id
      WHERE root.span_name = 'user_request') AS answered
GROUP BY request_type
ORDER BY requests DESC, request_type
