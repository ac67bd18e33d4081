-- What agents were told, and what a browser saw, is found by its age: some have no turn, or no view,
-- that they could go with.
CREATE INDEX agent_with_opening ON agent (spawned_at) WHERE opening <> '[]';
CREATE INDEX trial_with_picture ON trial (tried_at)
    WHERE coalesce(picture, failure) IS NOT NULL;
CREATE INDEX early_status_by_time ON early_status (received_at);
