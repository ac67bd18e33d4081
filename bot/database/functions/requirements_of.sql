-- What is asked of a project, as one build has to see it; without a build, as it is online.
--
-- A requirement holds when the version that its build made is the one that is shown, or one from
-- which that was made: what was taken back with it holds no more, and holds again when it is brought
-- back. A build without a version of its own holds with the version that it left as it was, or, as
-- it was completed, in any case. What was asked in a build that was stopped or failed holds for that
-- build; for a later one only where the app had not come out yet, since that could only go on from
-- it: it holds with the first version, which was to do it too. What a model refused holds for none.
--
-- Met is what a version was sound with that is shown now or that it was made from. One that holds
-- takes the place of those that it replaces.
CREATE OR REPLACE FUNCTION requirements_of(_project_id uuid, _build_id uuid)
RETURNS TABLE (number int, build_id uuid, request_id uuid, source text, kind text, asked text,
               words text, added_at timestamptz, holds boolean, is_given_up boolean, met_in int,
               replaced_by int, state text)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line AS (
        SELECT version.number, version.request_id, based_on
        FROM project JOIN version USING (project_id)
        WHERE project_id = _project_id AND version.number = current_version
        UNION
        SELECT version.number, version.request_id, version.based_on
        FROM line JOIN version ON version.project_id = _project_id
                              AND version.number = line.based_on
    ), shown AS (
        SELECT coalesce(array_agg(number), '{}') AS versions FROM line
    ), first_one AS (
        SELECT coalesce((SELECT build.created_at FROM line JOIN build USING (request_id)
                         WHERE line.based_on IS NULL),
                        (SELECT created_at FROM build WHERE build_id = _build_id),
                        'infinity') AS created_at
    ), known AS (
        SELECT one.*,
               one.build_id IS NOT DISTINCT FROM _build_id
               OR CASE
                   WHEN made.versions IS NOT NULL THEN made.versions && shown.versions
                   WHEN one.met_in <> '{}' THEN one.met_in && shown.versions
                   WHEN build.status = 'completed' THEN true
                   ELSE build.status IN ('stopped', 'failed')
                        AND build.failure IS DISTINCT FROM 'ModelRefused'
                        AND build.created_at < first_one.created_at
                   END AS holds,
               build.status IN ('stopped', 'failed') AND made.versions IS NULL AS is_dropped,
               (SELECT min(met) FROM unnest(one.met_in) AS met
                WHERE met = ANY (shown.versions)) AS met
        FROM requirement AS one
        JOIN build ON build.build_id = one.build_id
        CROSS JOIN shown
        CROSS JOIN first_one
        CROSS JOIN LATERAL (
            SELECT array_agg(version.number) AS versions FROM version
            WHERE version.project_id = one.project_id
              AND version.request_id = build.request_id AND NOT is_draft) AS made
        WHERE one.project_id = _project_id
    ), judged AS (
        SELECT known.*,
               (SELECT max(later.number) FROM known AS later
                WHERE later.holds AND known.number = ANY (later.replaces)) AS replaced
        FROM known
    )
    SELECT judged.number, judged.build_id, judged.request_id, source, kind, asked, words, added_at,
           holds, is_dropped AND NOT holds, met, replaced,
           CASE WHEN is_left_out THEN 'left out'
                WHEN replaced IS NOT NULL THEN 'replaced'
                WHEN met IS NOT NULL THEN 'met'
                ELSE 'open' END
    FROM judged
    ORDER BY judged.number;
$$;
