-- title: Review rounds
-- question: How many rounds of review do requests take?
-- bar: requests
SELECT rounds, count(*) AS requests
FROM (SELECT trace_id, count(*) AS rounds
      FROM records
      WHERE span_name = 'round_judged'
      GROUP BY trace_id) AS judged
GROUP BY rounds
ORDER BY rounds
