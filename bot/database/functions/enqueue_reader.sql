-- Queues the job that reads a message of a user; its lock lets them be read one by one.
CREATE OR REPLACE FUNCTION enqueue_reader(_user_id text, _message_sid text)
RETURNS bigint LANGUAGE sql AS $$
    SELECT enqueue_job('conversation', 'read_message', 'user:' || _user_id,
                       jsonb_build_object('message_sid', _message_sid))
$$;
