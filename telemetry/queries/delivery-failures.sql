-- title: Delivery failures by code
-- question: Which of Twilio's error codes keep messages from users, and since when?
-- bar: failures
SELECT attributes->>'error_code' AS error_code, attributes->>'kind' AS kind, count(*) AS failures,
       count(DISTINCT attributes->>'user_id') AS users,
       min(start_timestamp) AS first_at, max(start_timestamp) AS last_at
FROM records
WHERE span_name = 'delivery' AND attributes->>'error_code' IS NOT NULL
GROUP BY 1, 2
ORDER BY failures DESC, error_code, kind
