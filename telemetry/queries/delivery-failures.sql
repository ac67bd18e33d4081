-- title: Delivery failures by code
-- question: Which of Twilio's error codes keep messages from users, and since when?
-- bar: failures
SELECT attributes->>'error_code' AS error_code, attributes->>'kind' AS kind,
       count(DISTINCT failed.span_id) AS failures,
       count(DISTINCT attributes->>'user_id') AS users,
       min(start_timestamp) AS first_at, max(start_timestamp) AS last_at
FROM records AS failed
LEFT JOIN (SELECT DISTINCT span_id AS arrived_id FROM records
           WHERE span_name = 'delivery' AND attributes->>'delivery_status' = 'delivered') AS arrived
    ON arrived_id = failed.span_id
WHERE span_name = 'delivery' AND attributes->>'error_code' IS NOT NULL AND arrived_id IS NULL
GROUP BY 1, 2
ORDER BY failures DESC, error_code, kind
