-- Whether the recipient of a message that was not delivered can still do something with it.
CREATE OR REPLACE FUNCTION is_still_true(_message outbox) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT _message.carries OR CASE
        WHEN _message.kind IN ('published', 'picture') THEN NOT EXISTS (
            SELECT FROM outbox AS later
            JOIN request AS its USING (request_id)
            JOIN request AS ours ON ours.request_id = _message.request_id
            WHERE later.user_id = _message.user_id AND later.kind = 'published'
              AND later.id > _message.id AND later.request_id <> _message.request_id
              AND its.project_id = ours.project_id)
        WHEN _message.kind = 'question' THEN EXISTS (
            SELECT FROM question JOIN build USING (build_id)
            WHERE question_id::text = split_part(_message.dedupe_key, ':', 3)
              AND answer IS NULL AND waits_until IS NOT NULL)
        WHEN _message.kind = 'budget' THEN EXISTS (
            SELECT FROM build
            WHERE coalesce(retry_request_id, request_id) = _message.request_id
              AND status = 'stopped' AND failure IS NOT NULL)
        WHEN _message.kind = 'failed' THEN NOT EXISTS (
            SELECT FROM build
            WHERE _message.request_id IN (request_id, retry_request_id)
              AND (status IN ('queued', 'running', 'completed')
                   OR coalesce(retry_request_id, request_id) <> _message.request_id))
        WHEN _message.kind = 'reply' THEN NOT EXISTS (
            SELECT FROM request AS later
            JOIN request AS ours ON ours.request_id = _message.request_id
            WHERE later.user_id = _message.user_id AND later.accepted_at > ours.accepted_at)
        ELSE true END
$$;
