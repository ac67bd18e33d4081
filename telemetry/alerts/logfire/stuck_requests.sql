-- title: A request shows no sign of life
-- threshold: 15 minutes
-- window: 24 hours
-- Signs of life are the records of its own trace. Those do not tell what hangs from what an
-- operator's pause keeps open: while the log says of one, another alert tells.
SELECT opened.attributes ->> 'request_id' AS subject,
       extract(epoch FROM now() - max(sign.start_timestamp)) / 60 AS value
FROM records_all AS opened
JOIN records_all AS sign ON sign.trace_id = opened.trace_id
LEFT JOIN records_all AS closed
       ON closed.trace_id = opened.trace_id AND closed.span_name = 'user_request'
      AND closed.kind = 'span'
WHERE opened.kind = 'pending_span' AND opened.span_name = 'user_request'
  AND opened.start_timestamp > now() - interval '24 hours'
  AND closed.trace_id IS NULL
  AND (SELECT count(*) FROM records
       WHERE start_timestamp > now() - interval '5 minutes'
         AND message LIKE 'the % is paused by an operator since %') = 0
GROUP BY opened.attributes ->> 'request_id'
HAVING max(sign.start_timestamp) < now() - interval '15 minutes'
