-- The pictures of a trial for those who judge the looks: the hash of each, by its screen.
CREATE OR REPLACE FUNCTION views_of(_trial trial) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(screen, encode(sha256, 'hex')), '{}')
    FROM trial_view AS view
    WHERE (view.build_id, view.manifest, view.list_hash)
        = (_trial.build_id, _trial.manifest, _trial.list_hash)
$$;
