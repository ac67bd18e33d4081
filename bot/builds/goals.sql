-- name: find_goals
-- What the app of a build must do, by the list that was clicked through last or else as it is agreed,
-- and what of it did not work then.
SELECT ARRAY(SELECT one ->> 'criterion' FROM jsonb_array_elements(list -> 'criteria') AS one)
           AS criteria,
       ARRAY(SELECT one ->> 'subject' FROM jsonb_array_elements(report -> 'findings') AS one
             WHERE one ->> 'check' = 'acceptance' AND one ->> 'subject' IS NOT NULL
               AND coalesce(one ->> 'severity', 'blocking') = 'blocking') AS unmet,
       coalesce(report -> 'ran' ? 'acceptance', false) AS is_tried
FROM build
LEFT JOIN LATERAL (SELECT acceptance::jsonb AS tried, trial.report::jsonb AS report FROM trial
                   WHERE trial.build_id = build.build_id AND acceptance <> 'null'
                   ORDER BY tried_at DESC LIMIT 1) AS last ON true
CROSS JOIN LATERAL (SELECT coalesce(tried, agreed::jsonb) AS list) AS listed
WHERE build.build_id = %(build_id)s;
