-- title: Handoffs per user and day
-- question: Whose projects need handoffs, and on which days?
-- bar: handoffs
SELECT time_bucket('1 day', start_timestamp) AS day, attributes->>'user_id' AS user_id,
       count(*) AS handoffs
FROM records
WHERE span_name = 'agent_handoff'
GROUP BY 1, 2
ORDER BY day DESC, handoffs DESC, user_id
