-- When a build last came on: it was taken up, entered a phase, an agent began or ended, a turn was
-- stored, or a call entered the ledger.
CREATE OR REPLACE FUNCTION last_sign_of(_build build) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT greatest(
        _build.taken_at, _build.phase_started_at,
        (SELECT max(greatest(spawned_at, terminated_at)) FROM agent
         WHERE agent.request_id = _build.request_id),
        (SELECT max(answered_at) FROM turn JOIN agent USING (agent_id)
         WHERE agent.request_id = _build.request_id),
        (SELECT max(called_at) FROM model_call WHERE model_call.request_id = _build.request_id))
$$;
