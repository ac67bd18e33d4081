-- Queues the job that sends what waits for a user, in order; its lock lets one run at a time.
CREATE OR REPLACE FUNCTION enqueue_sender(_user_id text, _scheduled_at timestamptz DEFAULT NULL)
RETURNS bigint LANGUAGE sql AS $$
    SELECT enqueue_job('delivery', 'deliver', 'delivery:' || _user_id,
                       jsonb_build_object('user_id', _user_id), _scheduled_at)
$$;
