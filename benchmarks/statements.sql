-- name: count_by_span
-- The statements of the request that was built, by the span around them.
SELECT span_name, count(*), sum((attributes ->> 'db.statements')::int) AS statements
FROM records
WHERE attributes ? 'db.statements' AND trace_id IN (SELECT trace_id FROM request
                                                    WHERE request_type = 'build')
GROUP BY span_name ORDER BY statements DESC, span_name;

-- name: count_turns
-- All turns of its agents.
SELECT count(*) FROM turn;
