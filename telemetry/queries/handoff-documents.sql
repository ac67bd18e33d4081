-- title: Handoff documents
-- question: How large are the handoff documents, and how long does it take to save them?
SELECT made.documents, made.mean_kb, made.largest_kb, made.mean_decisions, made.mean_todos,
       made.mean_errors, saved.mean_save_seconds, saved.p95_save_seconds
FROM (SELECT count(*) AS documents,
             avg((attributes->>'document_size_kb')::float8) AS mean_kb,
             max((attributes->>'document_size_kb')::float8) AS largest_kb,
             avg((attributes->>'decisions_count')::float8) AS mean_decisions,
             avg((attributes->>'todos_count')::float8) AS mean_todos,
             avg((attributes->>'errors_count')::float8) AS mean_errors
      FROM records WHERE span_name = 'handoff_document') AS made
CROSS JOIN
     (SELECT avg(duration) AS mean_save_seconds,
             approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95_save_seconds
      FROM records WHERE span_name = 'database_save:agent_handoff') AS saved
