-- title: State transitions
-- question: From which state into which do agents go?
-- bar: transitions
SELECT attributes->>'from_state' AS from_state, attributes->>'to_state' AS to_state,
       count(*) AS transitions, count(DISTINCT attributes->>'agent_id') AS agents
FROM records
WHERE span_name = 'state_transition'
GROUP BY 1, 2
ORDER BY transitions DESC, from_state, to_state
