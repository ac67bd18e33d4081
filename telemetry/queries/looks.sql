-- title: Looks
-- question: How did QA judge the looks of apps, 1 to 5, and how often was one sent back for a polish?
-- bar: mean_design
SELECT round, count(*) AS judged,
       count(CASE WHEN design < 3 OR originality < 3 OR craft < 3 OR purpose < 3 THEN 1 END) AS low,
       count(CASE WHEN polish = 'true' THEN 1 END) AS polishes,
       avg(design) AS mean_design, avg(originality) AS mean_originality,
       avg(craft) AS mean_craft, avg(purpose) AS mean_function
FROM (SELECT (attributes->>'round')::float8 AS round, attributes->>'wants_polish' AS polish,
             (attributes->>'looks_design')::float8 AS design,
             (attributes->>'looks_originality')::float8 AS originality,
             (attributes->>'looks_craft')::float8 AS craft,
             (attributes->>'looks_function')::float8 AS purpose
      FROM records
      WHERE span_name = 'looks_judged') AS judgement
GROUP BY round
ORDER BY round
