-- Deletes the traces that a user's jobs have left in the queue; those at work are left alone.
CREATE OR REPLACE FUNCTION forget_jobs(_locks text[], _with_waiting boolean)
RETURNS void LANGUAGE sql AS $$
    DELETE FROM procrastinate_jobs
    WHERE lock = ANY (_locks) AND status <> 'doing' AND (_with_waiting OR status <> 'todo');
$$;
