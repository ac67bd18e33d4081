-- Deletes a user's jobs, and the traces that those which are over have left in the queue; those at
-- work are left alone.
CREATE OR REPLACE FUNCTION forget_jobs(_locks text[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM procrastinate_jobs WHERE lock = ANY (_locks) AND status <> 'doing';
$$;
